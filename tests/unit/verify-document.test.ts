import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestJson, serialise } from '../../src/snapshot/canonical.ts';
import { parseStrictly } from '../../src/store/verify/document.ts';

const value = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }).filter((json) => !/\de[+-]|\d{16}/.test(JSON.stringify(json))), { noNullPrototype: true });
const keys = fc.dictionary(fc.oneof(fc.integer({ min: 0, max: 99 }).map(String), fc.constantFrom('a": ', '\\', '\n  "', '__proto__')), fc.constantFrom(1, '\n  "x": 2', [{ b: 1, 10: 2, 9: 3 }], [null, {}], []), { noNullPrototype: true });

test('what was written is read, with the digests of its canonical form', () => {
  fc.assert(fc.property(fc.oneof(value, keys), (document) => {
    const written = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
    const parsed = parseStrictly(Buffer.from(serialise(written)));
    assert.ok(parsed.value, `${parsed.problem}: ${serialise(written)}`);
    assert.equal(parsed.digest, digestJson(written));
    for (const key of Object.keys(written)) assert.equal(digestJson(JSON.parse(parsed.member(key)!)), digestJson(written[key]));
  }), { seed: 1, numRuns: 500 });
});

test('the same content in other bytes is refused', () => {
  const document = { a: [{ x: 1, y: 'ü\u2028' }, { x: 2 }], b: { 10: 1, 9: 2 }, c: [1, 2], d: null };
  const text = serialise(document);
  assert.ok(parseStrictly(Buffer.from(text)).value);
  const others = [
    JSON.stringify(document), `${text}\n`, ` ${text}`, text.replace('\n', '\n\n'), text.replace('    {', '   {'), text.replace('  "a"', '"a"'), text.replace('"a": ', '"a":'),
    text.replace('"10":1,"9":2', '"9":2,"10":1'), text.replace('"x":1,"y"', '"x":1,"x":1,"y"'), text.replace('"x":1', '"x":1.0'), text.replace('"x":1', '"x":1e0'), text.replace('"x":2', '"x":-0'),
    text.replace('ü', '\\u00fc'), text.replace('\u2028', '\\u2028'), text.replace('"d": null', '"d": null,\n  "d": null'), text.replace('"c"', '"\\u0063"'), text.replace('[1,2]', '[\n    1,\n    2\n  ]'), text.slice(0, -1),
  ];
  for (const other of others) {
    assert.notEqual(other, text);
    assert.equal(parseStrictly(Buffer.from(other)).value, null, other);
  }
});
