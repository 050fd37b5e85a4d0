import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../../src/analysis/review/impact.ts';
import { opennessOf, withoutPeople, type Openness } from '../../src/analysis/review/personal.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Report } from '../../src/report/report.ts';
import { comparisonOf, metric, sideOf, unjudged } from './review-fixture.ts';

const staff = (...values: string[]): Report => ({ sources: ['people'], metrics: values.map((value) => ({ name: value, value, expression: parseMetric(value) })) }) as unknown as Report;
const cause = (kind: Cause['kind']): Cause => ({ kind, file: 'x', detail: '' });

test('a metric is open if it counts, or if its query is the one that people have looked at and its columns are not personal', () => {
  const metrics = ['count()', 'count_distinct(name)', 'sum(letters)', 'max(Salary)', 'sum(letters) / count()'];
  const closed = (before: Report | undefined, ...kinds: Cause['kind'][]): string[] => [...opennessOf(before, staff(...metrics), ['name', 'salary'], kinds.map(cause)).closed];
  const counts = metrics.slice(2);
  assert.deepEqual(closed(staff(), 'definition', 'words', 'data'), ['max(Salary)']);
  for (const kind of ['query', 'macro', 'parameters', 'source', 'settings', 'unreadable'] as const) assert.deepEqual(closed(staff(), 'data', kind), counts, kind);
  assert.deepEqual(closed(undefined, 'definition'), counts, 'a new report');
  assert.deepEqual(closed({ ...staff(), sources: ['others'] }, 'definition'), counts, 'another source');
});

test('a period and an as-of are values of a row: where a changed query gives others, they are not shown', () => {
  const at = (period: string, value = '2') => ({ ...metric('people', value), period });
  const compared = (after: string) => comparisonOf(2, 2, { base: { ...comparisonOf(2, 2).base, asOf: '2026-01-06' }, head: { ...comparisonOf(2, 2).head, asOf: after }, metrics: [{ name: 'people', before: at('2026-01-06'), after: at(after), change: { kind: 'same' } }] });
  const told = (after: string, openness: Partial<Openness> = {}): string => JSON.stringify(withoutPeople(unjudged({ base: sideOf(2, { asOf: '2026-01-06' }, { metrics: [at('2026-01-06')] }), head: sideOf(2, { asOf: after }, { metrics: [at(after)] }), comparison: compared(after) }), { closed: new Set(), isSameQuery: false, ...openness }));
  assert.doesNotMatch(told('1975-11-23'), /1975-11-23|"people"/);
  assert.match(told('1975-11-23', { isSameQuery: true }), /"period":"1975-11-23"/);
  assert.match(told('2026-01-06'), /"people","value":"2"/);
});

test('of what rows have in common, counts alone are told', () => {
  const told = withoutPeople(unjudged({ comparison: comparisonOf(4, 2, { patterns: [
    { kind: 'copies', rows: 'removed', count: 2 }, { kind: 'value', rows: 'removed', count: 2, column: 'name', values: ['Ola Nordmann'], only: true }, { kind: 'ratio', columns: ['salary'], cells: 3, ratio: '61234' },
  ] }) }), { closed: new Set(), isSameQuery: true }).comparison;
  assert.deepEqual(told?.kind !== 'incomparable' && told?.patterns, [{ kind: 'copies', rows: 'removed', count: 2 }]);
});
