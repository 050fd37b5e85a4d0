import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribution } from '../../src/analysis/attribution/attribution.ts';
import type { AttributionFacts } from '../../src/analysis/facts/facts.ts';
import { attributionSentence, attributionText, attributionWords, signedAmount } from '../../src/present/attribution.ts';

test('a difference has its sign, in the metric’s form, and is never rounded to nothing', () => {
  const cases: [string, string | null, string][] = [
    ['312', ',d', '+312'], ['-1322', ',d', '−1,322'], ['0', ',d', '0'], ['0.00', '.1%', '0.0 points'], ['-0.104', '.1%', '−10.4 points'], ['0.0001', '.1%', '+0.01 points'],
    ['0.25', ',d', '+0.25'], ['-0.25', null, '−0.25'], ['1234567.5', null, '+1,234,570'], ['5', '+.1f', '+5.0'], ['9007199254740993', ',d', '+9,007,199,254,740,993'],
    // The sign of an exponent is none of the difference.
    ['9.999999994736442e-8', null, '+0.0000001'], ['-2.5e-7', '.1%', '−0.000025 points'],
  ];
  for (const [difference, format, words] of cases) assert.equal(signedAmount(difference, format), words, `${difference} ${format}`);
});

const VALUE = { name: 'flights', type: 'HUGEINT', period: '2001-06-30' };
const ATTRIBUTION: Attribution = {
  report: 'aviation/flights', metric: 'flights', base: 'aviation/flights@2001-06-29.v1', head: 'aviation/flights@2001-06-30.v1', since: '2001-06-29',
  before: { ...VALUE, value: '1000', period: '2001-06-29' }, middle: { ...VALUE, value: '1298' }, after: { ...VALUE, value: '1312' }, total: '312', data: '298', definition: '14', method: 'replayed',
  breakdowns: [{ of: 'data', breakdown: { columns: ['origin'], kind: 'sum', residual: '0', total: '298', values: 9, parts: ['SEA', 'ORD', 'a\nb', null, ''].map((value, index) => ({ value: [value], difference: String(121 - 40 * index), before: null, after: '1' })) } }],
  changed: ['query'], engine: null, notes: [],
  commits: [{ commit: '3f2a91c0000000000000000000000000000000000', author: 'Jane\u001b[31m Roe', time: '2001-06-30T06:00:00Z', subject: 'Count\ndiverted' }],
};

test('the sentence says how much, since when, from what and by whom', () => {
  assert.equal(attributionSentence(ATTRIBUTION, ',d'), '+312 since 2001-06-29: +298 data (SEA +121, ORD +81, a b +41, … 2 more), +14 definition (3f2a91c, Jane\u001b[31m Roe)');
  assert.equal(attributionSentence({ ...ATTRIBUTION, method: 'same-definition', data: '312', definition: '0', breakdowns: [], commits: [] }, ',d'), '+312 since 2001-06-29: +312 data');
  assert.equal(attributionSentence({ ...ATTRIBUTION, method: 'unknown', data: null, definition: null, middle: null }, ',d'), '+312 since 2001-06-29: not known how much is data and how much definition');
  assert.equal(attributionSentence({ ...ATTRIBUTION, method: 'unknown', total: null, data: null, definition: null, before: { ...VALUE, value: null } }, ',d'), 'cannot be explained: there is no value before');
});

test('the text has a line for each value, and none is broken by what is in it', () => {
  const text = attributionText({ ...ATTRIBUTION, engine: { from: 'duckdb 1', to: 'duckdb 2' } }, { label: 'Flights', format: ',d', unit: null }, new Map([['origin', 'Airport']]), 4);
  assert.deepEqual(text.split('\n').slice(1, 12), [
    '', '  1,000  (2001-06-29)  aviation/flights@2001-06-29.v1', '  1,298  (2001-06-30)  the old definition on the new inputs', '  1,312  (2001-06-30)  aviation/flights@2001-06-30.v1',
    '', 'Data by Airport', '  +121  SEA       no value → 1', '   +81  ORD       no value → 1', '   +41  a b       no value → 1', '    +1  no value  no value → 1', '  … and 1 more',
  ]);
  assert.match(text, /^ {2}3f2a91c {2}2001-06-30 .*: Count␊diverted$/m);
  assert.match(text, /The engine changed, from duckdb 1 to duckdb 2/);
});

test('the page’s line', () => {
  const facts: AttributionFacts = { since: '2001-06-29', total: '-0.104', split: null, dimension: 'Airport', parts: [{ value: 'SEA', difference: '-0.05' }, { value: null, difference: '0.01' }], more: 1, kind: 'swap' };
  const metric = { format: '.1%', step: 'day', headline: { period: '2001-06-30', value: 0.6, text: '0.6' } } as const;
  assert.deepEqual(attributionWords(facts, metric), { total: '−10.4 points since 29 June', split: null, parts: 'SEA\u00a0−5.0, no value\u00a0+1.0, …\u00a01\u00a0more (each alone)', partsAre: 'by Airport: what each value alone would have changed' });
  const split = { data: '-0.1', definition: '-0.004', commit: null, author: null };
  assert.deepEqual(attributionWords({ ...facts, split, dimension: null, parts: [], more: 0, kind: 'sum' }, metric), { total: '−10.4 points since 29 June', split: { data: '−10.0 points data', definition: '−0.4 points definition' }, parts: '', partsAre: '' });
});
