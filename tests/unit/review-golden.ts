import type { ColumnDistribution } from '../../src/analysis/comparison/distribution.ts';
import { changeGates } from '../../src/analysis/gate/change.ts';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { gatesOf, type UnjudgedReport } from '../../src/analysis/gate/report.ts';
import { applyWaivers } from '../../src/analysis/review/verdict.ts';
import type { Review } from '../../src/analysis/review/review.ts';
import { reviewSchema } from '../../src/report/schema.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { compare, resultOf, type Table } from './compare-fixture.ts';
import type { Comparer } from '../../src/run/comparer.ts';
import { failedSide, HEAD, metric, reviewOf, sideOf, unjudged } from './review-fixture.ts';

const REGIONS = ['north', 'south', 'west'];
const orders = (columns: string[], rows: Table['rows'], value: string, rate: string): Table => ({
  columns, rows, key: ['day', 'region'],
  metrics: [metric('orders', value), metric('return_rate', rate, 'DOUBLE')],
  checks: [{ name: 'rows >= 1', column: null, operator: '>=', expected: '1', actual: String(rows.length), level: 'error', passed: true }],
});

const rowsOf = (days: number, row: (day: string, region: string, index: number) => (string | null)[]): Table['rows'] =>
  Array.from({ length: days }, (_, index) => REGIONS.map((region) => row(`2026-01-0${index + 1}`, region, index))).flat();

const before = orders(['day DATE', 'region VARCHAR', 'orders BIGINT', 'returned BIGINT', 'channel VARCHAR'], rowsOf(7, (day, region, index) => [day, region, String(100 + index), '4', 'web']), '2163', '0.038834');
const after = orders(['day DATE', 'region VARCHAR', 'orders BIGINT', 'returned BIGINT'], rowsOf(7, (day, region, index) => (region === 'west' && index === 6 ? [day, 'east', '90', '3'] : [day, region, String(100 + index - (region === 'north' ? 12 : 0)), index === 0 ? null : '4'])), '2063', '0.034901');

const side = (table: Table, milliseconds: number) => {
  const { result } = resultOf(table, 'side');
  return sideOf(null, { result, milliseconds });
};

const spread = (name: string, more: Partial<ColumnDistribution>): ColumnDistribution => ({ name, type: 'BIGINT', base: null, head: null, largestDifference: null, top: [], histogram: null, ...more });
const spreadSide = (rows: number, nulls: number, distinct: number, min: string | null, p50: string | null, max: string | null) =>
  ({ rows, nulls, distinct, min, max, sum: null, mean: null, quantiles: p50 === null ? null : { p05: min, p25: min, p50, p75: max, p95: max } });

/** A change as a team would make it: a filter and a column of one report, a macro that another reaches, a new one, one that is gone, a title. */
export async function goldenReview(engine: Comparer): Promise<Review> {
  const comparison = await compare(engine, before, after);
  const files = [{ source: 'orders', path: 'data/orders.csv', bytes: 48_213, sha256: digestBytes('orders'), readBy: 'both' as const }];
  const metrics: UnjudgedReport['metrics'] = [
    { name: 'orders', label: 'Orders', format: ',d', unit: null, better: 'higher', target: null },
    { name: 'return_rate', label: 'Return rate', format: '.1%', unit: null, better: 'lower', target: 0.04, edits: [{ property: 'value', before: 'sum(returned) / sum(orders)', after: 'mean(returned) / mean(orders)' }, { property: 'target', before: null, after: '0.04' }] },
  ];
  const point = (day: number, base: string, head: string) => ({
    asOf: `2026-01-0${day}`, snapshot: `sales/orders@2026-01-0${day}.v1`, metrics: [{ name: 'orders', type: 'HUGEINT', published: base, base, head }],
    alerts: { base: [], head: day === 5 ? ['target: Return rate'] : [] }, failed: { base: null, head: null },
  });
  const reports: UnjudgedReport[] = [
    unjudged({
      report: 'sales/orders', title: 'Orders by day and region', base: side(before, 118), head: side(after, 131), comparison, metrics,
      causes: [{ kind: 'query', file: 'queries/sales/orders.sql', detail: '' }, { kind: 'definition', file: 'reports/sales/orders.yml', detail: 'metrics.return_rate.value' }],
      inputs: { identical: true, files, drift: null },
      distributions: [
        spread('region', { type: 'VARCHAR', base: spreadSide(21, 0, 3, 'north', null, 'west'), head: spreadSide(21, 0, 4, 'east', null, 'west'), top: [{ value: 'north', base: 7, head: 7 }, { value: 'west', base: 7, head: 6 }, { value: 'east', base: 0, head: 1 }] }),
        spread('orders', { base: spreadSide(21, 0, 7, '100', '103', '106'), head: spreadSide(21, 0, 15, '88', '101', '106'), largestDifference: '12' }),
      ],
      sql: { classes: ['projection', 'filter'], lines: ['--- queries/sales/orders.sql', '+++ queries/sales/orders.sql', '@@ -1,7 +1,6 @@', ' SELECT', '   day, region,', '-  count(*) AS orders,', '-  count(*) FILTER (returned) AS returned, channel', '+  count(*) FILTER (NOT test) AS orders,', '+  count(*) FILTER (returned AND NOT test) AS returned', ' FROM orders'] },
      backtest: { asked: 12, points: [point(4, '1230', '1181'), point(5, '1545', '1483')], unreachable: [{ asOf: '2026-01-03', reason: 'data/orders.csv of that day is in no commit' }] },
      changes: { file: 'changes/sales/orders.csv', sha256: digestBytes('changes'), rows: 18, bytes: 1_204 },
    }),
    unjudged({
      report: 'finance/margin', title: 'Margin by product', team: 'finance', owner: '@finance', head: failedSide('query-failed', 'Binder Error: column "cost" not found'), comparison: null,
      causes: [{ kind: 'macro', file: 'queries/macros/margin.sql', detail: 'margin()' }], backtest: null,
    }),
    unjudged({
      report: 'sales/returns', title: 'Returns by reason', change: 'added', base: null, comparison: null, backtest: null, metrics: [{ ...metrics[0]!, name: 'returns', label: 'Returns' }], causes: [{ kind: 'definition', file: 'reports/sales/returns.yml', detail: '' }],
      head: sideOf(38, { milliseconds: 41 }, {
        columns: [{ name: 'reason', type: 'VARCHAR' }, { name: 'returns', type: 'BIGINT' }], metrics: [metric('returns', '84')],
        checks: [{ name: 'reason is not null', column: 'reason', operator: 'is not null', expected: '0 NULLs', actual: '2 NULLs', level: 'warn', passed: false }],
      }),
      inputs: { identical: true, files: [{ ...files[0]!, readBy: 'head' }], drift: null },
      distributions: [
        spread('reason', { type: 'VARCHAR', head: spreadSide(38, 2, 9, 'broken', null, 'wrong size'), top: [{ value: 'too late', base: 0, head: 11 }] }),
        spread('returns', { head: spreadSide(38, 0, 7, '1', '2', '9') }),
      ],
      sql: { classes: [], lines: ['+SELECT reason, count(*) AS returns', '+FROM orders', '+WHERE returned', '+GROUP BY reason'] },
    }),
    unjudged({ report: 'sales/forecast', title: 'Forecast', change: 'removed', head: null, comparison: null, backtest: null, causes: [{ kind: 'definition', file: 'reports/sales/forecast.yml', detail: '' }] }),
    unjudged({ report: 'sales/visits', title: 'Visits', change: 'described', base: null, head: null, comparison: null, backtest: null, causes: [{ kind: 'words', file: 'reports/sales/visits.yml', detail: 'title, metrics.visits.target' }] }),
  ];
  const policy = reviewSchema.parse({});
  const judged = reports.map((report) => ({ ...report, gates: gatesOf(report, effectivePolicy(policy), { base: ['day', 'region'], head: report.change === 'added' ? ['reason'] : ['day', 'region'] }), verdict: 'pass' as const }));
  const gates = changeGates({ data: [], brought: [], files: [], code: ['.github/workflows/refresh.yml'], policy: [] }, policy);
  const waivers = [{ gate: 'rows' as const, report: 'sales/orders', head: HEAD, by: 'Ada', reason: 'none', until: null }, { gate: 'code' as const, report: null, head: HEAD, by: 'Grace Hopper', reason: 'a newer checkout action, pinned', until: '2026-01-31' }];
  return applyWaivers(reviewOf(judged, { gates, problems: [failedSide('query-failed', 'Binder Error: column "cost" not found').error!].map((problem) => ({ ...problem, report: 'finance/margin', file: 'queries/finance/margin.sql' })) }), waivers, '2026-01-07');
}
