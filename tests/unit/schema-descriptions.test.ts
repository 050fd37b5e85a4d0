import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reviewSchemaFile, schemaFiles } from '../../scripts/generate.ts';

interface Node {
  properties?: { [key: string]: Node };
  description?: string;
  $ref?: string;
}

/** Keys of a JSON Schema, at any depth, of which an editor has nothing to show. */
function undescribed(node: unknown, root: unknown, at = ''): string[] {
  if (node === null || typeof node !== 'object') return [];
  const { properties = {} } = node as Node;
  const own = Object.entries(properties).flatMap(([key, child]) => {
    const target = child.$ref?.slice(2).split('/').reduce((found, part) => (found as { [part: string]: unknown })[part], root) as Node | undefined;
    return (child.description ?? target?.description ?? '').length < 5 ? [`${at}.${key}`] : [];
  });
  return [...own, ...Object.entries(node).flatMap(([key, child]) => undescribed(child, root, `${at}.${key}`))];
}

test('every key says what it is, in a sentence without a full stop', () => {
  for (const [file, text] of Object.entries({ ...schemaFiles(), ...reviewSchemaFile() })) {
    const schema: unknown = JSON.parse(text);
    assert.deepEqual(undescribed(schema, schema), [], file);
    for (const [, description] of text.matchAll(/^ *"description": "(.*)",?$/gm)) assert.doesNotMatch(description!, /\w\.$| {2}/, `${file}: ${description}`);
  }
});
