import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InferredResult } from '../../src/review/onboard/propose.ts';
import type { ColumnProfile } from '../../src/review/onboard/profile.ts';
import { suggestedDescription, suggestedTitle } from '../../src/review/onboard/suggest.ts';

test('a title is the name of the file and the rhythm of its rows', () => {
  const cases: [string, Parameters<typeof suggestedTitle>[1], string][] = [
    ['global-temperature', 'year', 'Global temperature by year'],
    ['flights-daily', 'day', 'Flights by day'],
    ['sales-weekly', 'day', 'Sales weekly'],
    ['daily', 'day', 'Daily'],
    ['orders-by-region', 'month', 'Orders by region'],
    ['returns', null, 'Returns'],
    ['sla', 'month', 'Sla by month'],
  ];
  for (const [name, period, title] of cases) assert.equal(suggestedTitle(name, period), title);
});

const column = (name: string): ColumnProfile => ({ name, kind: 'text', type: 'VARCHAR', filled: 100, distinct: 4, min: '', max: '', negatives: 0, finite: true, whole: false, dateFormat: null });
const found = (metrics: string[], dimensions: string[], period: 'day' | null): InferredResult => ({
  profile: { rows: 100, columns: dimensions.map((name) => column(name)) },
  key: null, pairs: [], draft: { labels: new Map(), time: period && { column: 'at', period, reason: '', ends: undefined } },
  metrics: metrics.map((label) => ({ name: label.toLowerCase(), label, value: 'sum(n)', format: ',d', reason: '' })),
});

test('a sentence tells the numbers, what they are by, and where they come from', () => {
  const cases: [InferredResult, string[], string][] = [
    [found(['Flights', 'On time'], ['airport'], 'day'), ['flights'], 'Flights and on time by day and airport, from flights.'],
    [found(['Rows'], [], null), [], 'Rows, from constants.'],
    [found(['GDP per head', 'US share', 'N'], ['sales_region'], null), ['a', 'b'], 'GDP per head, US share and n by sales region, from a, b.'],
    [found(['A1', 'B1', 'C1', 'D1', 'E1', 'F1'], ['k', 'l', 'm', 'n', 'o'], 'day'), ['t'], 'A1, b1, c1, d1 and 2 more by day, k, l, m and 2 more, from t.'],
    [found(['A1', 'B1', 'C1', 'D1', 'E1'], ['k', 'l', 'm', 'n'], 'day'), ['t'], 'A1, b1, c1, d1 and e1 by day, k, l, m and n, from t.'],
  ];
  for (const [what, origin, sentence] of cases) assert.equal(suggestedDescription(what, origin), sentence);
});

test('names of tables and files cannot break the line', () => {
  const said = suggestedDescription(found(['N'], [], null), ['a\n# b', `\u202e${'x'.repeat(500)}`]);
  assert.doesNotMatch(said, /[\n\u202e]/);
  assert.ok(said.length < 260);
});
