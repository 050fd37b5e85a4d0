import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOfPart, isOfPage, partFacts } from '../../src/analysis/facts/part.ts';
import type { PartFacts } from '../../src/analysis/facts/part-facts.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Metric } from '../../src/report/report.ts';
import type { Manifest } from '../../src/snapshot/manifest.ts';

const COLUMNS = ['day', 'name', 'region', 'n'].map((name) => ({ name, type: name === 'day' ? 'DATE' : name === 'n' ? 'BIGINT' : 'VARCHAR' }));
const ROWS = [['2026-01-05', 'Ada', 'north', '1'], ['2026-01-05', 'Grace', 'south', '2'], ['2026-01-06', 'Ada', 'north', '4'], ['2026-01-06', 'Grace', null, '8']];
const metric = (name: string, value: string): Metric => ({ name, label: name, format: ',d', value, expression: parseMetric(value) });
const REPORT = { metrics: [metric('n', 'sum(n)'), metric('people', 'count_distinct(name)')], time: { column: 'day', period: 'day' as const }, dimensions: { name: {}, region: {} }, sort: [] } as unknown as PartFacts['definition'];
const manifest = { as_of: '2026-01-06', columns: COLUMNS, metrics: [{ name: 'n', type: 'BIGINT', value: '12', period: '2026-01-06' }, { name: 'people', type: 'BIGINT', value: '2', period: '2026-01-06' }] } as unknown as Manifest;

test('a part is chosen by columns that readers have, and has the metrics that are read from those', () => {
  const open = partFacts(REPORT, [], { manifest, rows: ROWS }, null)!;
  assert.deepEqual([open.dimensions.map(({ column, values }) => [column, values]), open.definition.metrics.map(({ name }) => name)], [[['name', ['Ada', 'Grace']], ['region', ['north', 'south', null]]], ['n', 'people']]);
  const withheld = partFacts(REPORT, [], { manifest, rows: ROWS }, { columns: ['name'], rows: false })!;
  assert.deepEqual([withheld.columns.map(({ name }) => name), withheld.dimensions.map(({ column }) => column), withheld.metrics.map(({ name }) => name)], [['day', 'region', 'n'], ['region'], ['n']]);
  assert.doesNotMatch(JSON.stringify(withheld), /Ada|Grace|people/);
  assert.equal(partFacts(REPORT, [], { manifest, rows: ROWS }, { columns: [], rows: true }), null);
});

test('there is no part of more rows than a phone reads, nor by more values than a list has', () => {
  const rows = (count: number, region: (at: number) => string): string[][] => Array.from({ length: count }, (_, at) => ['2026-01-06', 'Ada', region(at), '1']);
  const dimensions = (count: number, region: (at: number) => string): string[] | undefined => partFacts(REPORT, [], { manifest, rows: rows(count, region) }, null)?.dimensions.map(({ column }) => column);
  assert.deepEqual([dimensions(500, String), dimensions(501, String), dimensions(501, () => 'one')], [['region'], undefined, undefined]);
  assert.deepEqual([dimensions(100_000, (at) => String(at % 2)), dimensions(100_001, (at) => String(at % 2))], [['region'], undefined]);
});

test('numbers of a part are those of the published periods, and rows that come to others are of another page', () => {
  const facts: PartFacts = partFacts(REPORT, [], { manifest, rows: ROWS }, null)!;
  const told = (choice: [string, string | null][]): unknown[] => factsOfPart(facts, ROWS, new Map(choice)).metrics.map(({ headline, series }) => [headline?.value ?? null, series.map(({ value }) => value)]);
  assert.deepEqual(told([['region', 'north']]), [[4, [1, 4]], [1, [1, 1]]]);
  assert.deepEqual(told([['region', null]])[0], [8, [null, 8]]);
  assert.deepEqual(told([['region', 'south']])[0], [null, [2, null]]);
  const names = COLUMNS.map(({ name }) => name);
  // A row that no metric counts is one more all the same.
  const later = [...ROWS, ROWS[0]!.map(() => null)];
  assert.deepEqual([isOfPage(facts, names, ROWS), isOfPage(facts, names.toReversed(), ROWS), isOfPage(facts, names, ROWS.slice(0, 3)), isOfPage(facts, names, later)], [true, false, false, false]);
});
