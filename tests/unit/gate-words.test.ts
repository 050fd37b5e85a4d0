import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { wordsGates, type WrittenSide } from '../../src/analysis/gate/texts.ts';
import type { Report, Source } from '../../src/report/report.ts';
import { reviewSchema } from '../../src/report/schema.ts';

type Chart = Report['charts'][number];

const chart = (more: Partial<Chart>): Chart => ({ type: 'line', y: 'orders', limit: 12, ...more });
const side = (more: Partial<Report>, sources: { [name: string]: Partial<Source> } = {}): WrittenSide => ({
  report: { title: 'T', description: 'D.', reader: null, decision: null, narrative: null, metrics: [], columns: {}, dimensions: {}, charts: [], sort: [], sources: Object.keys(sources), ...more } as unknown as Report,
  sources: new Map(Object.entries(sources) as [string, Source][]),
});
const told = (before: WrittenSide, after: WrittenSide): string[] => wordsGates(before, after, new Map(), effectivePolicy(reviewSchema.parse({}))).map(({ status, actual }) => `${status} ${actual}`);

test('of charts that are called alike, or draw the same, each is held', () => {
  const charts = (...all: Chart[]): WrittenSide => side({ charts: all });
  const [first, second] = [chart({ title: 'Sales' }), chart({ title: 'Sales', y: 'returns' })];
  assert.deepEqual(told(charts(first, second), charts({ ...first, y: 'refunds' }, second)), ['fail chart Sales: line of orders; line of returns → line of refunds; line of returns']);
  assert.deepEqual(told(charts(first, second), charts(second)), ['fail chart Sales: line of orders; line of returns → line of returns']);
  assert.deepEqual(told(charts(chart({}), chart({ type: 'dot' })), charts(chart({ type: 'area' }), chart({ type: 'dot' }))), ['fail chart of orders: line of orders; dot of orders → area of orders; dot of orders']);
  assert.deepEqual(told(charts(first, second), charts(first, second)), ['pass it does']);
});

test('another first metric, other first rows, and what a source says of itself are told; what one side alone has is told elsewhere', () => {
  const metrics = (...names: string[]): Report['metrics'] => names.map((name) => ({ name, label: name })) as unknown as Report['metrics'];
  assert.deepEqual(told(side({ metrics: metrics('a', 'b') }), side({ metrics: metrics('b', 'a') })), ['fail order of metrics: a, b → b, a']);
  assert.deepEqual(told(side({ metrics: metrics('a', 'b') }), side({ metrics: metrics('c', 'b') })), ['pass it does']);
  assert.deepEqual(told(side({ sort: ['-day'] }), side({ sort: ['day'] })), ['fail order of rows: -day → day']);
  assert.deepEqual(told(side({}, { orders: { publisher: 'A' } }), side({}, { orders: { publisher: 'B', license: 'X' } })), ['fail publisher of source orders: A → B', 'fail license of source orders: none → X']);
  assert.deepEqual(told(side({}, { orders: { publisher: 'A' } }), side({}, { sales: { publisher: 'B' } })), ['pass it does']);
});

test('of a long text the part is quoted where it differs, also one without spaces', () => {
  const long = (word: string, gap = ' '): WrittenSide => side({ narrative: `${['a', 'text', 'of', 'words'].join(gap).repeat(20)}${gap}${word}` });
  assert.deepEqual(told(long('less'), long('more')), ['fail narrative: …text of wordsa text of words less → …text of wordsa text of words more']);
  assert.match(told(long('less', ''), long('more', '')).join(), /^fail narrative: ….{30}less → ….{30}more$/);
});
