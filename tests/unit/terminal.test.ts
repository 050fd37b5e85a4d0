import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { reviewText } from '../../src/present/review/text.ts';
import { cellsOf, tableLines, wrapLine } from '../../src/present/terminal.ts';
import { openEngine } from './compare-fixture.ts';
import { comparisonOf, metric, reportOf, reviewOf } from './review-fixture.ts';
import { goldenReview } from './review-golden.ts';

const engine = await openEngine();
after(() => engine.close());
const golden = await goldenReview(engine);

test('cells that a text takes: two for East Asian characters and emoji, none for marks', () => {
  const all: [text: string, cells: number][] = [['abc', 3], ['東京', 4], ['ｱｲ', 2], ['ａ', 2], ['서울', 4], ['é', 1], ['e\u0301', 1], ['🙂', 2], ['👩‍👩‍👧', 2], ['🇨🇭', 2], ['❤️', 2], ['−1 → 2', 6], ['a\u200Bb', 2], ['a\u202Eb', 3], ['', 0]];
  for (const [text, cells] of all) assert.equal(cellsOf(text), cells, JSON.stringify(text));
});

test('a line is broken at spaces, and what is longer than a line after a slash or where it has to be; a number never', () => {
  assert.deepEqual(wrapLine('one two three', 8, '  '), ['one two', '  three']);
  assert.deepEqual(wrapLine('aviation/flights-daily', 12), ['aviation/', 'flights-', 'daily']);
  assert.deepEqual(wrapLine('東京東京東', 5), ['東京', '東京', '東']);
  assert.deepEqual(wrapLine('from 1,234,567.89 up', 8), ['from', '1,234,567.89', 'up']);
  assert.deepEqual(wrapLine('  kept as it is', 40), ['  kept as it is']);
});

test('a table of any words is as wide as it may be, and loses nothing', () => {
  const word = fc.oneof(fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', 'b', '東', '🙂', 'é') }), fc.constantFrom('1,234,567', '2026-01-01'));
  const cell = fc.array(word, { minLength: 0, maxLength: 4 }).map((words) => words.join(' '));
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }).chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 })), fc.integer({ min: 50, max: 120 }), (rows, width) => {
    const lines = tableLines(rows, width);
    for (const line of lines) assert.ok(cellsOf(line) <= width, `${cellsOf(line)} of ${width}: ${line}`);
    const letters = (texts: readonly string[]): string => [...texts.join('').replaceAll(' ', '')].sort().join('');
    assert.equal(letters(lines), letters(rows.flat()));
  }), { seed: 7 });
});

test('a review fits its terminal: no table, and no sentence, is wider; without a terminal lines stay whole', () => {
  const label = '訂單總數 of the year before, all regions and all channels, without returns';
  const metrics = [{ name: 'orders', label, format: ',d', unit: null, better: null, target: null }];
  const comparison = comparisonOf(6, 6, { metrics: [{ name: 'orders', before: metric('orders', '2118000000'), after: metric('orders', '1703000000'), change: { kind: 'changed', difference: '-415000000', ratio: -0.196 } }] });
  const wide = reviewOf([reportOf({ report: 'a-team-with-a-long-name/a-report-with-a-long-name', verdict: 'review', metrics, comparison })], { verdict: 'review' });
  for (const review of [golden, wide]) {
    for (const columns of [80, 120]) {
      for (const line of reviewText(review, columns).split('\n')) assert.ok(cellsOf(line) <= columns || /^ {4}[-+@ ]/.test(line), `${columns}: ${line}`);
    }
  }
  const at80 = reviewText(wide, 80);
  for (const number of ['2,118,000,000', '1,703,000,000', '415,000,000']) assert.ok(at80.includes(number), number);
  assert.match(reviewText(wide), new RegExp(`^ {4}${label} {2}2,118,000,000 {2}1,703,000,000 {2}down 415,000,000 \\(19\\.6%\\)`, 'm'));
});
