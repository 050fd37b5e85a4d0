import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DaybookError } from '../../src/error.ts';
import { decodeCsv, encodeCsv, orderRows } from '../../src/snapshot/csv.ts';

const CASES: { names: string[]; rows: (string | null)[][]; text: string }[] = [
  { names: ['a', 'b'], rows: [], text: 'a,b\n' },
  { names: ['a', 'b'], rows: [['1', 'x y'], ['NULL', "it's"]], text: "a,b\n1,x y\nNULL,it's\n" },
  { names: ['a', 'b'], rows: [[null, ''], ['', null], [null, null]], text: 'a,b\n,""\n"",\n,\n' },
  { names: ['a'], rows: [[null], [''], ['x'], [null]], text: 'a\n\n""\nx\n\n' },
  { names: ['a, b', 'say "c"'], rows: [['1,5', '"'], ['two\nlines', 'cr\r']], text: '"a, b","say ""c"""\n"1,5",""""\n"two\nlines","cr\r"\n' },
  { names: ['\uFEFFa', 'b'], rows: [['\uFEFF', 'x\uFEFF']], text: '"\uFEFFa",b\n"\uFEFF",x\uFEFF\n' },
  { names: ['a'], rows: [[' padded '], ['#'], ['😀'], ['\u0000'], ['عربي']], text: 'a\n padded \n#\n😀\n\u0000\nعربي\n' },
];

test('a table has one text, and the text gives the table back', () => {
  for (const { names, rows, text } of CASES) {
    assert.equal(encodeCsv(names, rows).toString(), text);
    assert.deepEqual(decodeCsv(Buffer.from(text)), { names, rows });
  }
});

const BROKEN: [string | Uint8Array, RegExp, number | undefined][] = [
  ['', /header/, 1],
  ['\n', /header/, 1],
  ['a,\n', /header/, 1],
  ['a,b\n1\n', /1 fields where the header has 2/, 2],
  ['a,b\n1,2\n1,2,3\n', /3 fields where the header has 2/, 3],
  ['a,b\n1,2', /does not end/, 2],
  ['a,b\n1,"2"', /no quotes/, 2],
  ['a\n"x"\n', /needs no quotes/, 2],
  ['a\n"x\n', /not closed/, 2],
  ['a\n"x,"y\n', /after a closing quote/, 2],
  ['a\nx"y\n', /needs quotes has none/, 2],
  ['a\r\n1\r\n', /needs quotes has none/, 1],
  ['a\n"1\n2"\n"3"\n', /needs no quotes/, 4],
  ['\uFEFFa\n1\n', /needs quotes has none/, 1],
  [Buffer.from([0x61, 0x0a, 0xff, 0x0a]), /not UTF-8/, undefined],
];

test('what is not the one text is refused with its line', () => {
  for (const [text, message, line] of BROKEN) {
    assert.throws(() => decodeCsv(Buffer.from(text), 'snapshots/x.csv'), (error) => {
      assert.ok(error instanceof DaybookError);
      assert.equal(error.code, 'snapshot-broken');
      assert.match(error.message, message, JSON.stringify(text));
      assert.deepEqual(error.place, { file: 'snapshots/x.csv', line }, JSON.stringify(text));
      return true;
    }, JSON.stringify(text));
  }
});

/** Text in which the signs that matter are frequent. */
const cell = fc.option(fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\n', '\r', ' ', '\uFEFF', '\uFFFD', '\uE000', '😀', 'é', '\u0000') }),
));
const table = fc.integer({ min: 1, max: 4 }).chain((width) => fc.record({
  names: fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: width, maxLength: width }),
  rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 8 }),
}));

test('any table comes back', () => {
  fc.assert(fc.property(table, ({ names, rows }) => {
    assert.deepEqual(decodeCsv(encodeCsv(names, rows)), { names, rows });
  }), { seed: 1, numRuns: 400 });
});

test('what is read is written again byte by byte, or refused', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\uFEFF', '""', 'a\n'), maxLength: 12 }).map((rest) => `h\n${rest}\n`);
  let read = 0;
  fc.assert(fc.property(text, (written) => {
    let found;
    try {
      found = decodeCsv(Buffer.from(written));
    } catch (error) {
      assert.ok(error instanceof DaybookError);
      return;
    }
    read += 1;
    assert.equal(encodeCsv(found.names, found.rows).toString(), written);
  }), { seed: 3, numRuns: 1000 });
  assert.ok(read > 50, `only ${read} texts were canonical`);
});

/** NULL before all text, and text by its bytes. */
function compareBytes(a: (string | null)[], b: (string | null)[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    if (x === null || y === null) {
      if (x !== y) return x === null ? -1 : 1;
      continue;
    }
    const order = Buffer.compare(Buffer.from(x), Buffer.from(y));
    if (order !== 0) return order;
  }
  return 0;
}

test('rows are ordered by UTF-8 bytes, NULL first, and order does not depend on the order before', () => {
  fc.assert(fc.property(table, ({ rows }) => {
    const expected = rows.toSorted(compareBytes);
    assert.deepEqual(orderRows(rows, []), expected);
    assert.deepEqual(orderRows(rows.toReversed(), []), expected);
  }), { seed: 4, numRuns: 400 });
  assert.deepEqual(orderRows([['\u{10000}'], ['\uFFFF'], ['z'], [''], [null]], []), [[null], [''], ['z'], ['\uFFFF'], ['\u{10000}']]);
});

test('the key comes first, in its own order; then all columns', () => {
  const rows = [['a', '2', 'x'], ['b', '1', 'y'], ['a', '1', 'z'], ['b', '1', 'x']];
  assert.deepEqual(orderRows(rows, [1, 0]), [rows[2], rows[3], rows[1], rows[0]]);
  assert.deepEqual(orderRows(rows, [2]), [rows[0], rows[3], rows[1], rows[2]]);
  assert.equal(orderRows([], [0]).length, 0);
});

test('rows in order are not copied, and others not changed', () => {
  const rows = [['a'], ['b'], ['b']];
  assert.equal(orderRows(rows, [0]), rows);
  const mixed = [['b'], ['a']];
  orderRows(mixed, [0]);
  assert.deepEqual(mixed, [['b'], ['a']]);
});
