import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readYaml } from '../../src/report/yaml.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import { writeYaml, type Written } from '../../src/review/onboard/write.ts';

const hostile = fc.constantFrom('a: b', '# x', '- x', '? x', '&a', '*a', '!!js/function x', '{', '}', '[', ']', ',', '|', '>', '%', '@', '`', '"', "'", '\n', 'a\n# b', '\r\n', '\t', ' a ', '', 'null', '~', 'true', 'No', 'y', '1', '0x1f', '1e3', '2026-01-01', '.inf', '1:30', '<<', '=', '---', '...', '\u0085', '\u2028', '\ufeff', '\u202e', '\ue000', '<script>', '=cmd()', 'a #b', 'a:', ':a', '-a', '\u0000', '😀', 'naïve', '名前');
const text = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 20 }));
const key = text.filter((name) => name !== '__proto__');
const scalar = fc.oneof(text, fc.integer(), fc.boolean());
const list = fc.array(scalar, { maxLength: 4 });
const entry = fc.dictionary(key, fc.oneof(scalar, list), { maxKeys: 4, noNullPrototype: true });
const value: fc.Arbitrary<Written> = fc.oneof(scalar, list, entry, fc.array(entry, { maxLength: 3 }), fc.dictionary(key, entry, { maxKeys: 3, noNullPrototype: true }));

test('what is written is read back the same, whatever the texts and the comments', () => {
  fc.assert(fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 6, noNullPrototype: true }), fc.array(text, { minLength: 1, maxLength: 3 }), (document, notes) => {
    const paths = Object.entries(document).flatMap(([name, inner]) => [name, ...(typeof inner === 'object' ? Object.keys(inner).map((one) => `${name}.${one}`) : [])]);
    const comments = new Map(paths.map((path, index) => [path, oneLineOf(notes[index % notes.length]!)]));
    assert.deepEqual(readYaml(writeYaml(document, comments, notes.map((note) => oneLineOf(note))), 'x.yml').value, document);
  }), { seed: 4, numRuns: 1500 });
});

test('a comment stands beside its line, or above a long one', () => {
  const yaml = writeYaml({ title: 'A b', metrics: { x: { label: 'X', value: 'sum(x)' } }, key: ['a', '-b'] }, new Map([['title', 'why'], ['metrics.x', 'w'.repeat(150)]]), ['head']);
  assert.equal(yaml, `# head\ntitle: A b   # why\nmetrics:\n  # ${'w'.repeat(150)}\n  x: { label: X, value: sum(x) }\nkey: [a, "-b"]\n`);
});
