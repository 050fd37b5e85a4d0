import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ConclusiveComparison, MetricChange } from '../../src/analysis/comparison/comparison.ts';
import { changeGates } from '../../src/analysis/gate/change.ts';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { gatesOf, type Keys, type UnjudgedReport } from '../../src/analysis/gate/report.ts';
import type { MetricEdit } from '../../src/analysis/review/metric-edits.ts';
import { waiversOf, type GateResult, type Waiver } from '../../src/analysis/gate/gates.ts';
import type { RowOrder } from '../../src/analysis/review/review.ts';
import { applyWaivers, concluded, verdictOf } from '../../src/analysis/review/verdict.ts';
import { checkYaml } from '../../src/report/check.ts';
import { laxReview } from '../../src/report/review-check.ts';
import { LEVELS, reportSchema, reviewSchema, type GateName, type Level } from '../../src/report/schema.ts';
import { VERDICTS } from '../../src/report/verdict.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import type { CheckResult } from '../../src/snapshot/manifest.ts';
import { comparisonOf, failedSide, HEAD, metric, reportOf, reviewOf, sideOf, unjudged } from './review-fixture.ts';

const POLICY = reviewSchema.parse({});
const KEYS: Keys = { base: ['day'], head: ['day'] };
const policyOf = (more: object = {}) => effectivePolicy(reviewSchema.parse(more));
const judge = (report: Partial<UnjudgedReport>, policy: object = {}, keys = KEYS): GateResult[] => gatesOf(unjudged(report), policyOf(policy), keys);
const told = (gates: readonly GateResult[], gate: GateName): string[] => gates.filter((one) => one.gate === gate).map(({ level, status, subject, actual }) => `${level} ${status} ${subject === null ? '' : `${subject}: `}${actual}`);
const compared = (base: number, head: number, more: Partial<ConclusiveComparison> = {}): Partial<UnjudgedReport> => ({ base: sideOf(base), head: sideOf(head), comparison: comparisonOf(base, head, more) });
const schema = (more: Partial<ConclusiveComparison['schema']>): Partial<ConclusiveComparison> => ({ schema: { ...comparisonOf(1, 1).schema, ...more } });
const changed = (name: string, before: string | null, after: string | null, change: MetricChange): ConclusiveComparison['metrics'][number] => ({ name, before: metric(name, before), after: metric(name, after), change });
const profile = (nulls: number) => ({ nulls, distinct: 1, min: null, max: null, sum: null, mean: null });
const column = (name: string, before: number, after: number): ConclusiveComparison['columns'][number] => ({ name, comparing: 'exact', changed: 0, withinTolerance: 0, base: profile(before), head: profile(after) });
const reads = (files: { [readBy in 'both' | 'base' | 'head']?: string[] }): UnjudgedReport['inputs'] => ({
  identical: true, drift: null, files: (['both', 'base', 'head'] as const).flatMap((readBy) => (files[readBy] ?? []).map((path) => ({ source: 'orders', path, bytes: 1, sha256: digestBytes(path), readBy }))),
});
const check = (more: Partial<CheckResult> = {}): CheckResult => ({ name: 'rows >= 10', column: null, operator: '>=', expected: '10', actual: '12', level: 'error', passed: true, ...more });
const checks = (kind: ConclusiveComparison['checks'][number]['kind'], before: CheckResult | null, after: CheckResult | null) => compared(100, 100, { checks: [{ kind, before, after }] });
const ordered = (more: Partial<RowOrder>) => sideOf(100, { order: { sources: [], error: null, partly: false, ...more } });

test('a report of which nothing differs passes every gate that applies', () => {
  assert.deepEqual(judge({}).map(({ gate, status }) => `${gate} ${status}`), ['status pass', 'inputs pass', 'query pass', 'determinism pass', 'order pass', 'key pass', 'empty pass', 'columns pass', 'rows pass', 'nulls pass', 'values pass', 'metrics pass', 'checks pass', 'cost pass']);
});

test('what readers see at a metric is held, also where only words are said to have changed; a label is one', () => {
  const edited = (...edits: MetricEdit[]): Partial<UnjudgedReport> => ({ metrics: [{ name: 'orders', label: 'Orders', format: ',d', unit: null, better: null, target: 20, edits }] });
  const target: MetricEdit = { property: 'target', before: '200', after: '20' };
  const described: Partial<UnjudgedReport> = { change: 'described', base: null, head: null, comparison: null, backtest: null };
  assert.deepEqual(told(judge(edited(target, { property: 'unit', before: 'EUR', after: null })), 'metrics'), ['warn fail Orders: target 200 → 20; unit EUR → none']);
  assert.deepEqual(judge({ ...described, ...edited(target) }).map(({ gate, actual }) => `${gate} ${actual}`), ['metrics Orders: target 200 → 20']);
  assert.deepEqual(judge({ ...described, ...edited(target) }, { gates: { metrics: 'off' } }), []);
  assert.deepEqual(judge({ ...described, ...edited({ property: 'label', before: 'All orders', after: 'Orders' }) }), []);
  // Of a report whose head fails, or that failed before, it is told too.
  for (const side of ['base', 'head']) assert.deepEqual(told(judge({ ...edited(target), [side]: failedSide('query-failed'), comparison: null }), 'metrics').filter((one) => !one.includes('not-run')), ['warn fail Orders: target 200 → 20'], side);
});

test('each gate finds what it is for, and says it', () => {
  const cases: [GateName, Partial<UnjudgedReport>, string[], object?, Keys?][] = [
    ['status', { head: failedSide('query-failed', 'no column “x”'), comparison: null }, ['block fail query-failed: no column “x”']],
    ['status', { head: sideOf(null, { status: 'unreadable', deterministic: null }), comparison: null }, ['block not-run it was not run']],
    ['inputs', { inputs: { identical: false, files: [], drift: null } }, ['block fail a file had other bytes']],
    ['inputs', { inputs: { identical: false, files: [], drift: null }, head: sideOf(100, { requested: '2026-01-07T06:00Z' }) }, ['warn fail as-of 2026-01-07 before, 2026-01-07T06:00Z after: the schedule asks for days before, and for times after']],
    ['inputs', { head: sideOf(100, { asOf: '2026-01-05' }) }, [`warn fail the result is as of ${sideOf(100).asOf} before, 2026-01-05 after`]],
    // Of data about people a day may be a value.
    ['inputs', { head: sideOf(100, { asOf: null }) }, [`warn fail the result is as of ${sideOf(100).asOf} before, a day that is not shown after`]],
    ['inputs', { inputs: reads({ base: ['data/a.csv'], head: ['data/b.csv'] }) }, ['warn fail before read data/a.csv, after data/b.csv: the numbers are of different data']],
    ['inputs', { inputs: reads({ both: ['data/a.csv'], head: ['data/b.csv'] }) }, ['warn fail after also read data/b.csv: the numbers are of more data']],
    ['inputs', { inputs: reads({ both: ['data/a.csv'], base: ['data/b.csv'] }) }, ['warn fail after no longer read data/b.csv: the numbers are of less data']],
    ['inputs', { inputs: { ...reads({ both: ['data/a.csv'], head: ['data/b.csv'] }), identical: false } }, ['block fail a file had other bytes', 'warn fail after also read data/b.csv: the numbers are of more data']],
    ['inputs', { inputs: reads({ both: ['data/a.csv'] }) }, ['block pass they did']],
    ['inputs', { inputs: reads({ base: ['data/a.csv'] }), head: failedSide('query-refused'), comparison: null }, ['block not-run a side failed before it had read its files']],
    ['inputs', { inputs: reads({ head: ['data/b.csv'] }) }, [], { gates: { inputs: 'off' } }],
    ['determinism', { head: sideOf(100, { deterministic: false }) }, ['block fail it gave another one']],
    ['determinism', { head: sideOf(100, { deterministic: null }) }, ['block not-run it was run once']],
    ['determinism', { base: sideOf(100, { deterministic: false }) }, ['block pass it did; before the change it gave another one']],
    ['order', { head: ordered({ sources: ['orders', 'regions'] }) }, ['warn fail it depends on the order of rows in orders, regions; order it by a key: first(x ORDER BY …), arg_max(x, (y, key)), row_number() OVER (ORDER BY …), ORDER BY down to what is unique before LIMIT']],
    ['order', { head: ordered({ sources: ['orders'], error: 'query-failed' }), base: ordered({ sources: ['orders'] }) }, ['block fail it depends on the order of rows in orders, and fails in another one (query-failed); before the change it did too; order it by a key: first(x ORDER BY …), arg_max(x, (y, key)), row_number() OVER (ORDER BY …), ORDER BY down to what is unique before LIMIT'], { gates: { order: 'block' } }],
    ['order', { base: ordered({ sources: ['orders'] }) }, ['warn pass it does']],
    ['order', { head: ordered({ partly: true }) }, ['warn pass it does, where parts of each source change places: all rows in the opposite order take more memory or time than the query may have']],
    ['order', { head: sideOf(100, { order: null }) }, ['warn not-run in another order it takes more memory or time than the query may have']],
    ['order', { head: sideOf(100, { order: null, deterministic: false }) }, []],
    ['key', { head: failedSide('key-duplicate', '2 rows repeat the key of another'), comparison: null }, ['block fail 2 rows repeat the key of another']],
    ['key', compared(100, 100, { key: { mode: 'multiset', reason: 'duplicates', columns: ['day'], duplicates: { base: 0, head: 2 }, nulls: { base: 0, head: 1 } } }), ['block fail 2 rows repeat the key of another, 1 row has a NULL in it']],
    ['key', {}, ['block fail the key (day) is gone: rows are compared as a multiset'], {}, { base: ['day'], head: [] }],
    ['key', {}, ['block pass no key: rows are compared as a multiset'], {}, { base: [], head: [] }],
    ['key', compared(1, 1, { key: { mode: 'keyed', reason: null, columns: [], duplicates: { base: 0, head: 0 }, nulls: { base: 0, head: 0 } } }), ['block pass no key, and none is needed: each side has one row'], {}, { base: [], head: [] }],
    ['key', {}, ['warn fail day → day, region: rows that had the same key are let through where they differ in the new one'], {}, { base: ['day'], head: ['day', 'region'] }],
    ['key', {}, ['block pass day: unique, without NULL; before: day, region'], {}, { base: ['day', 'region'], head: ['day'] }],
    ['empty', compared(100, 0), ['block fail 100 → 0 rows']],
    ['empty', compared(100, 0), ['block fail 100 → 0 rows']],
    ['empty', { head: failedSide('result-empty', 'the result has no rows'), comparison: null }, ['block fail the result has no rows']],
    ['empty', compared(0, 0), ['warn fail 0 → 0 rows: the change is compared on nothing']],
    ['empty', { ...compared(0, 0), causes: [{ kind: 'data', file: 'data/orders.csv', detail: '' }] }, ['block pass 0 → 0 rows']],
    ['rows', compared(100, 0), []],
    ['rows', compared(100, 0), ['warn fail 100 → 0, down 100%'], { gates: { empty: 'off' } }],
    ['rows', compared(0, 5), ['warn fail 0 → 5']],
    ['rows', compared(0, 0), ['warn pass 0 → 0']],
    ['rows', compared(100, 110), ['warn pass 100 → 110, up 10%']],
    ['rows', compared(100, 89), ['warn fail 100 → 89, down 11%']],
    ['rows', compared(1_000_000, 1_100_001), ['warn fail 1,000,000 → 1,100,001, up 10.0001%']],
    ['columns', compared(9, 9, schema({ removed: [{ name: 'region', type: 'VARCHAR' }] })), ['block fail region: gone (VARCHAR)']],
    ['columns', compared(9, 9, schema({ retyped: [{ name: 'n', from: 'BIGINT', to: 'INTEGER', lossy: true }] })), ['block fail n: BIGINT → INTEGER, which does not hold every value']],
    ['columns', compared(9, 9, schema({ retyped: [{ name: 'n', from: 'INTEGER', to: 'BIGINT', lossy: false }, { name: 'd', from: 'DATE', to: 'TIMESTAMP', lossy: false }], added: [{ name: 'x', type: 'DATE' }] })), ['block pass 1 new, 2 of a wider type']],
    ['columns', compared(9, 9, schema({ retyped: [{ name: 'n', from: 'BIGINT', to: 'VARCHAR', lossy: false }] })), ['warn fail n: BIGINT → VARCHAR: nothing is lost, but a text is sorted and written otherwise than a number']],
    ['columns', compared(9, 9, schema({ renamed: [{ from: 'a', to: 'b', declared: true }, { from: 'c', to: 'd', declared: false }] })), ['block fail c: gone; it looks renamed to “d”, and nobody said so with `was`']],
    ['columns', compared(9, 9, schema({ renamed: [{ from: 'a', to: 'b', declared: true }] })), ['block pass 1 renamed']],
    ['columns', { comparison: { ...comparisonOf(9, 9), kind: 'incomparable', reason: 'columns' } }, ['block fail no column is left of those before']],
    ['rows', { comparison: { ...comparisonOf(9, 9), kind: 'incomparable', reason: 'columns' } }, ['warn not-run there is nothing to compare']],
    ['nulls', compared(100, 100, { columns: [column('a', 2, 3), column('b', 2, 4)] }), ['warn fail b: 2 of 100 → 4 of 100, up 2 points']],
    ['nulls', compared(0, 9, { columns: [column('a', 0, 9)] }), []],
    ['nulls', compared(682, 682, { columns: [column('a', 0, 1), column('b', 1, 2)] }), ['warn fail a: 0 of 682 → 1 of 682']],
    ['nulls', compared(682, 682, { columns: [column('a', 0, 1)] }), ['warn fail a: 0 of 682 → 1 of 682'], { gates: { nulls: 'block' } }],
    ['nulls', compared(100, 100, { columns: [column('a', 0, 2)] }), ['block fail a: 0 of 100 → 2 of 100, up 2 points'], { gates: { nulls: 'block' } }],
    ['nulls', compared(682, 682, { columns: [column('a', 0, 1)] }), [], { gates: { nulls: 'off' } }],
    ['metrics', compared(9, 9, { metrics: [changed('a', '100', '105', { kind: 'changed', difference: '5', ratio: 0.05 }), changed('b', '100', '94', { kind: 'changed', difference: '-6', ratio: -0.06 })] }), ['warn fail b: 100 → 94, down 6%']],
    ['metrics', compared(9, 9, { metrics: [changed('a', '0', '5', { kind: 'changed', difference: '5', ratio: null })] }), ['warn fail a: 0 → 5']],
    ['metrics', compared(9, 9, { metrics: [changed('a', '1', null, { kind: 'incomparable', reason: 'no-value-after' }), changed('b', null, '1', { kind: 'incomparable', reason: 'no-value-before' })] }), ['warn fail a: 1 → no value', 'warn fail b: no value → 1']],
    ['metrics', compared(9, 9, { metrics: [{ name: 'a', before: metric('a', '3'), after: null, change: { kind: 'removed' } }, { name: 'b', before: null, after: metric('b', '3'), change: { kind: 'added' } }] }), ['warn fail a: gone, was 3']],
    ['checks', checks('fails', check(), check({ passed: false, actual: '3' })), ['block fail rows >= 10: fails; expected 10, found 3']],
    ['checks', checks('removed', check(), null), ['block fail rows >= 10: gone']],
    ['checks', checks('bound', check(), check({ expected: '9', name: 'rows >= 9' })), ['block fail rows >= 9: asks for less; 10 (error) → 9 (error)']],
    ['checks', checks('bound', check(), check({ expected: '11' })), ['block pass the report has none']],
    ['checks', checks('bound', check(), check({ level: 'warn' })), ['block fail rows >= 10: asks for less; 10 (error) → 10 (warn)']],
    ['checks', checks('passes', check({ passed: false }), check({ expected: '1' })), ['block fail rows >= 10: asks for less; 10 (error) → 1 (error)']],
    ['checks', checks('bound', check({ operator: '<=', expected: '2026-01-01' }), check({ operator: '<=', expected: '2025-01-01' })), ['block pass the report has none']],
    ['checks', checks('bound', check({ operator: 'in', expected: 'a, b' }), check({ operator: 'in', expected: 'a, b, c' })), ['block fail rows >= 10: asks for less; a, b (error) → a, b, c (error)']],
    ['checks', checks('bound', check({ operator: 'in', expected: 'a, b' }), check({ operator: 'in', expected: 'a, b, a, b' })), ['block fail rows >= 10: asks for less; a, b (error) → a, b, a, b (error)']],
    ['checks', checks('added', null, check({ passed: false, level: 'warn', actual: '3' })), ['warn fail rows >= 10: fails; expected 10, found 3']],
    ['checks', { head: failedSide('check-failed', 'check "x" failed'), comparison: null }, ['block fail check "x" failed']],
    ['cost', { head: sideOf(100, { milliseconds: 900 }), base: sideOf(100, { milliseconds: 1 }) }, ['warn pass 0.00 s → 0.90 s']],
    ['cost', { head: sideOf(100, { milliseconds: 2_100 }), base: sideOf(100, { milliseconds: 1_000 }) }, ['warn fail 1.00 s → 2.10 s']],
    ['cost', { head: sideOf(100, { milliseconds: 2_100 }), base: sideOf(100, { milliseconds: 0 }) }, ['warn fail 0.00 s → 2.10 s']],
    ['cost', { head: sideOf(100, { milliseconds: 1_300 }), base: sideOf(100, { milliseconds: 400 }) }, ['warn pass 0.40 s → 1.30 s']],
  ];
  for (const [gate, report, expected, policy, keys] of cases) assert.deepEqual(told(judge(report, policy, keys), gate), expected, `${gate} ${expected.join()}`);
});

test('where a side has no result, what needs both is not run, and that is never a pass', () => {
  const gates = judge({ base: sideOf(null, { status: 'unreadable', deterministic: null }), comparison: null });
  assert.deepEqual(gates.filter(({ status }) => status === 'not-run').map(({ gate }) => gate), ['inputs', 'empty', 'columns', 'rows', 'nulls', 'values', 'metrics', 'checks', 'cost']);
  assert.equal(verdictOf(gates, 'modified'), 'incomplete');
});

test('a report that failed before is mended: there is nothing to compare with, and a person looks at it', () => {
  const gates = judge({ base: failedSide('query-failed', 'no column “x”'), comparison: null });
  assert.deepEqual(told(gates, 'status'), ['block pass it ran', 'warn fail it failed before: query-failed: no column “x”']);
  assert.deepEqual(gates.filter(({ status }) => status === 'not-run'), []);
  assert.equal(verdictOf(gates, 'modified'), 'review');
});

test('a new report is held against what it is alone, a removed one against nothing, words against nothing', () => {
  const gates = judge({ change: 'added', base: null, comparison: null, head: sideOf(5, {}, { checks: [check({ passed: false, level: 'warn', actual: '3' })] }) }, {}, { base: [], head: ['day'] });
  assert.deepEqual(gates.map(({ gate, status }) => `${gate} ${status}`), ['status pass', 'determinism pass', 'order pass', 'key pass', 'checks fail']);
  assert.deepEqual(told(gates, 'checks'), ['warn fail rows >= 10: fails; expected 10, found 3']);
  assert.equal(verdictOf(gates, 'added'), 'review');
  assert.deepEqual(judge({ change: 'removed', head: null, comparison: null }), []);
  assert.equal(verdictOf([], 'removed'), 'review');
  assert.deepEqual(judge({ change: 'described', base: null, head: null, comparison: null }), []);
  assert.equal(verdictOf([], 'described'), 'pass');
});

test('counts that do not add up block, whatever the level, and no waiver helps', () => {
  const broken = unjudged({ comparison: comparisonOf(100, 100, { rows: { base: 100, head: 100, added: 1, removed: 0, modified: 0, unchanged: 100 } }) });
  const gates = gatesOf(broken, policyOf({ gates: { rows: 'off' } }), KEYS);
  assert.match(told(gates, 'rows').join(), /^block fail 100 − 0 \+ 1 ≠ 100/);
  assert.match(told(judge({ base: sideOf(99) }), 'rows').join(), /^block fail/);
  const review = reviewOf([{ ...broken, gates, verdict: 'pass' }]);
  assert.equal(applyWaivers(review, [waiver({ gate: 'rows' })], '2026-01-07').verdict, 'block');
});

test('a gate that is off is left out; of many failing columns the first are listed', () => {
  const off = Object.fromEntries(Object.keys(POLICY.gates).map((gate) => [gate, 'off']));
  assert.deepEqual(judge(compared(100, 0), { gates: off }), []);
  const removed = Array.from({ length: 30 }, (_, index) => ({ name: `c${index}`, type: 'DATE' }));
  const listed = told(judge(compared(9, 9, schema({ removed }))), 'columns');
  assert.equal(listed.length, 21);
  assert.equal(listed.at(-1), 'block fail 10 more: c20, c21, c22, c23, c24 and 5 more');
});

test('of many failing columns, those that block are listed first, and none is folded into a warning', () => {
  const first = Array.from({ length: 20 }, (_, index) => column(`one${index}`, 0, 1));
  const all = Array.from({ length: 3 }, (_, index) => column(`all${index}`, 0, 1_000));
  const gates = judge(compared(1_000, 1_000, { columns: [...first, ...all] }), { gates: { nulls: 'block' }, nulls_change: 0.01 });
  assert.deepEqual(told(gates, 'nulls').slice(0, 3).map((line) => line.replace(/:.*/, '')), ['block fail all0', 'block fail all1', 'block fail all2']);
  assert.equal(told(gates, 'nulls').at(-1), 'warn fail 3 more: one17, one18, one19');
  assert.equal(verdictOf(gates, 'modified'), 'block');
  const many = judge(compared(1_000, 1_000, { columns: [...first, ...Array.from({ length: 22 }, (_, index) => column(`all${index}`, 0, 1_000))] }), { gates: { nulls: 'block' } });
  assert.equal(told(many, 'nulls').at(-1), 'block fail 22 more: all20, all21, one0, one1, one2 and 17 more');
});

test('a total that is no number any more is told, however few values have changed', () => {
  const total = (before: string | null, after: string | null) => told(judge(compared(1_000_000, 1_000_000, { columns: [{ ...column('amount', 0, 0), comparing: 'double', changed: 1, base: { ...profile(0), min: '1', max: '9', sum: before }, head: { ...profile(0), min: '1', max: '9', sum: after } }] })), 'values');
  assert.deepEqual(total('5000000', 'NaN'), ['warn fail amount: its total 5,000,000 → NaN']);
  assert.deepEqual(total('-Infinity', '5000000'), ['warn fail amount: its total -Infinity → 5,000,000']);
  for (const [before, after] of [['NaN', 'NaN'], ['5000000', '5000001'], [null, null]] as const) assert.deepEqual(total(before, after), ['warn pass in no column']);
});

test('the change as a whole', () => {
  const nothing = { data: [], brought: [], files: [], code: [], policy: [] };
  assert.deepEqual(changeGates(nothing, POLICY).map(({ gate, status, level }) => `${gate} ${level} ${status}`), ['data warn pass', 'files block pass', 'code warn pass', 'policy warn pass']);
  const touched = changeGates({ ...nothing, data: ['data/a.csv'], files: [{ path: 'snapshots/x.csv', reason: 'below snapshots/' }] }, POLICY);
  assert.deepEqual([...told(touched, 'data'), ...told(touched, 'files')], ['warn fail 1 file: data/a.csv', 'block fail 1 file: snapshots/x.csv (below snapshots/)']);
  const brought = [{ path: 'data/new.csv', reason: 'for sales/new' }];
  assert.deepEqual(told(changeGates({ ...nothing, brought }, POLICY), 'data'), ['warn pass it does; new for new reports: data/new.csv (for sales/new)']);
  assert.deepEqual(told(changeGates({ ...nothing, brought, data: [{ path: 'data/o.csv', reason: 'new to sales/orders' }] }, POLICY), 'data'), ['warn fail 1 file: data/o.csv (new to sales/orders); new for new reports: data/new.csv (for sales/new)']);
  assert.equal(verdictOf(changeGates(null, POLICY), null), 'incomplete');
});

const level = fc.constantFrom(...LEVELS);
const gate = fc.constantFrom(...(Object.keys(POLICY.gates) as GateName[]));
const reportPolicy = fc.record({ gates: fc.dictionary(gate, level), rows_change: fc.double({ min: 0, max: 2, noNaN: true }), metric_change: fc.double({ min: 0, max: 2, noNaN: true }), metrics: fc.dictionary(fc.constantFrom('orders', 'constructor'), fc.double({ min: 0, max: 2, noNaN: true })) })
  .map((review) => reportSchema.shape.review.unwrap().parse(review));

test('no report lowers what it is held against, on neither side', () => {
  fc.assert(fc.property(reportPolicy, reportPolicy, (base, head) => {
    const policy = effectivePolicy(POLICY, base, head);
    const rank = (one: Level): number => LEVELS.indexOf(one);
    for (const name of Object.keys(POLICY.gates) as GateName[]) assert.equal(rank(policy.gates[name]), Math.max(...[POLICY.gates[name], base.gates[name] ?? 'off', head.gates[name] ?? 'off'].map(rank)));
    assert.equal(policy.rows_change, Math.min(POLICY.rows_change, base.rows_change!, head.rows_change!));
    for (const name of Object.keys(policy.metrics)) assert.ok(policy.metrics[name]! <= policy.metric_change);
    assert.deepEqual(effectivePolicy(POLICY, head, base), policy);
  }));
  assert.equal(told(gatesOf(unjudged(compared(9, 9, { metrics: [changed('constructor', '100', '101', { kind: 'changed', difference: '1', ratio: 0.01 })] })), policyOf(), KEYS), 'metrics')[0], 'warn pass 1 of 1 changed, within that');
});

test('a report that asks for less than the instance is told at its key', () => {
  const yaml = 'gates: { empty: warn, rows: block, files: block }\nrows_change: 0.2\nnulls_change: 0.01\nmetrics: { orders: 0.5, order: 0.01 }\n';
  const { value } = checkYaml(yaml, 'reports/a.yml', reportSchema.shape.review.unwrap());
  assert.deepEqual(laxReview(value!, POLICY, ['orders']).map(({ path, message }) => `${path.join('.')}: ${message}`), [
    'gates.files: gate `files` is of a change as a whole, not of a report',
    'gates.empty: `warn` is less than the instance’s `block`',
    'rows_change: 0.2 allows more than the instance’s 0.1',
    'metrics.orders: 0.5 allows more than the instance’s 0.05',
    'metrics.order: there is no metric "order"',
  ]);
});

const result = (level: Level, status: GateResult['status'], waived = false): GateResult => ({ gate: 'rows', level, status, expected: '', actual: '', subject: null, waiver: waived ? waiver() : null });
function waiver(more: Partial<Waiver> = {}): Waiver {
  return { gate: 'rows', report: 'sales/orders', head: HEAD, by: 'Ada', reason: 'looked at', until: null, ...more };
}

test('the verdict is the worst of what is found', () => {
  const anyGate = fc.record({ level: fc.constantFrom<Level>('warn', 'block'), status: fc.constantFrom('pass', 'fail', 'not-run'), waived: fc.boolean() }).map(({ level: one, status, waived }) => result(one, status, waived && status === 'fail'));
  const change = fc.constantFrom('added', 'removed', 'modified', 'described', null);
  const rank = (gates: GateResult[], kind: Parameters<typeof verdictOf>[1]): number => VERDICTS.indexOf(verdictOf(gates, kind));
  fc.assert(fc.property(fc.array(anyGate, { maxLength: 6 }), fc.array(anyGate, { maxLength: 3 }), change, (some, more, kind) => {
    assert.ok(rank([...some, ...more], kind) >= rank(some, kind), 'another gate never makes it better');
    const verdict = verdictOf(some, kind);
    assert.equal(verdict === 'pass', some.every(({ status }) => status === 'pass') && kind !== 'added' && kind !== 'removed');
    assert.equal(verdict === 'block', some.some(({ status, level: one, waiver: by }) => status === 'fail' && one === 'block' && by === null));
    if (verdict !== 'block' && some.some(({ status }) => status === 'not-run')) assert.equal(verdict, 'incomplete');
  }));
});

test('a waiver holds for its gate, its report, its commit and its time', () => {
  const report = reportOf({ gates: [result('block', 'fail')] });
  const review = reviewOf([report], { gates: [{ ...result('block', 'fail'), gate: 'files' }] });
  const files = waiver({ gate: 'files', report: null });
  const verdict = (waivers: Waiver[], one = review): string => applyWaivers(one, waivers, '2026-01-07').verdict;
  assert.equal(verdict([]), 'block');
  assert.equal(verdict([files]), 'block');
  assert.equal(verdict([files, waiver()]), 'review');
  assert.equal(verdict([files, waiver({ until: '2026-01-07' })]), 'review');
  for (const wrong of [{ gate: 'columns' as const }, { report: 'sales/other' }, { report: null }, { head: 'c'.repeat(40) }, { until: '2026-01-06' }]) assert.equal(verdict([files, waiver(wrong)]), 'block', JSON.stringify(wrong));
  assert.equal(verdict([files, waiver()], { ...review, head: { commit: null, label: 'work tree' } }), 'block');
  const waived = applyWaivers(review, [files, waiver()], '2026-01-07').reports[0]!.gates[0]!;
  assert.equal(waived.status, 'fail');
  assert.equal(waived.waiver!.by, 'Ada');
  const unrun = reviewOf([reportOf({ gates: [result('block', 'not-run')] })]);
  assert.deepEqual([verdict([], unrun), verdict([waiver()], unrun)], ['incomplete', 'review']);
  assert.deepEqual(waiversOf(reviewSchema.parse({ waivers: [{ gate: 'rows', head: HEAD, by: 'Ada', reason: 'x' }] })), [waiver({ report: null, reason: 'x' })]);
});

test('a review is as bad as its worst part, and the worst report stands first', () => {
  const blocked = reportOf({ report: 'a/z', gates: [result('block', 'fail')] });
  const warned = reportOf({ report: 'a/b', gates: [result('warn', 'fail')] });
  const order = concluded(reviewOf([reportOf({ report: 'a/a' }), warned, reportOf({ report: 'a/c', change: 'removed' }), blocked]));
  assert.deepEqual(order.reports.map(({ report, verdict }) => `${report} ${verdict}`), ['a/z block', 'a/b review', 'a/c review', 'a/a pass']);
  assert.equal(order.verdict, 'block');
  assert.equal(concluded(reviewOf([])).verdict, 'pass');
  const problem = failedSide('yaml-syntax').error!;
  assert.equal(concluded(reviewOf([], { problems: [problem] })).verdict, 'block');
  // A run that fails is judged by its gate; a definition that cannot be read is not a run.
  const failed = reportOf({ head: failedSide('query-failed'), gates: [result('warn', 'fail')] });
  assert.equal(concluded(reviewOf([failed], { problems: [failed.head!.error!] })).verdict, 'review');
  const unread = { ...failed, head: { ...failed.head!, definition: null } };
  assert.equal(concluded(reviewOf([unread], { problems: [unread.head.error!] })).verdict, 'block');
  assert.equal(concluded(reviewOf([warned], { unlisted: 3, verdict: 'block' })).verdict, 'block');
});
