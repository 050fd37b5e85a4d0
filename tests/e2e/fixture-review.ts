import path from 'node:path';
import type { MadeReview } from '../../scripts/review/make.ts';
import type { Sides } from '../../scripts/preview/facts.ts';
import { compareKept } from '../../src/analysis/comparison/kept.ts';
import type { ColumnDistribution, SideDistribution } from '../../src/analysis/comparison/distribution.ts';
import type { GateResult } from '../../src/analysis/gate/gates.ts';
import { REVIEW_FORMAT, type ReportReview, type ReviewProblem, type ReviewSide } from '../../src/analysis/review/review.ts';
import type { Definitions } from '../../src/report/load.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import { openRunner } from '../../src/run/runner.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { rowsOf } from '../../src/snapshot/checkout.ts';
import { encodeCsv } from '../../src/snapshot/csv.ts';
import { dataDigest, SNAPSHOT_FORMAT, type Manifest } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';

export const HOSTILE = '</code></pre><img src=x onerror="window.hacked=1">\u202e`| @everyone #1';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

type Result = Outcome & { kind: 'result' };

/** Runs these reports on both sides and reviews them as far as pages need it; `hostile` gets text everywhere that would act if it could. */
export async function reviewed(root: string, base: Definitions, head: Definitions, changes: { [report: string]: ReportReview['change'] }, hostile: string): Promise<{ sides: Sides; made: MadeReview }> {
  const made: MadeReview = {
    review: {
      format: REVIEW_FORMAT, base: { commit: COMMIT.replace('0', 'f'), label: 'main' }, tip: COMMIT.replace('0', 'f'), head: { commit: COMMIT, label: `more-${HOSTILE}` }, time: '2026-01-09T12:00:00Z', engine: { name: 'duckdb', version: '1.5.5', settings: {} },
      verdict: 'block', gates: [gate('data', 'fail', 'warn', 'no data file changes', 'data/orders.csv has changed')], reports: [], unaffected: 3, problems: [problem()], omitted: ['Samples of 3 reports were left out.'],
    },
    reviewed: new Map(),
  };
  for (const [report, change] of Object.entries(changes)) {
    const [before, after] = await Promise.all([outcomeOf(root, base, report), outcomeOf(root, head, report)]);
    const review = reviewOf(report, change, { before, after, base, head }, report === hostile);
    const csv = review.comparison?.kind === 'different' ? changesOf(before as Result, after as Result, review) : null;
    const whole = { ...review, changes: csv && { file: `changes/${report}.csv`, sha256: digestJson({ report }), rows: 3, bytes: csv.length } };
    made.review.reports.push(whole);
    const side = (outcome: Outcome | null) => ({ report: null, asked: null, first: outcome, second: outcome, order: null });
    made.reviewed.set(report, { report: whole, runs: change === 'described' ? null : { base: side(before), head: side(after), drift: null }, openness: null, changes: csv, omitted: [], unseen: null, isCut: false });
  }
  return { sides: { base: { definitions: base, folder: root }, head: { definitions: head, folder: root } }, made };
}

async function outcomeOf(root: string, { instance, sources, macros, reports }: Definitions, id: string): Promise<Outcome | null> {
  const report = reports.get(id);
  if (!report) return null;
  const runner = openRunner({ root, cache: path.join(root, '.daybook'), instance, sources, macros, parallel: 1 });
  try {
    return await runner.run(report, '2026-01-08', new Date('2026-01-08T06:00:00Z'));
  } finally {
    await runner.close();
  }
}

function reviewOf(report: string, change: ReportReview['change'], { before, after, base, head }: { before: Outcome | null; after: Outcome | null; base: Definitions; head: Definitions }, isHostile: boolean): ReportReview {
  const definition = head.reports.get(report) ?? base.reports.get(report)!;
  const text = (words: string): string => (isHostile ? HOSTILE + words : words);
  const compared = before?.kind === 'result' && after?.kind === 'result' ? compareKept(kept(report, before), kept(report, after), definition.key, 50) : null;
  return {
    report, title: definition.title, team: definition.team, owner: definition.owner, change, verdict: isHostile ? 'block' : change === 'described' ? 'pass' : 'review',
    causes: [{ kind: 'query', file: text(`queries/${report}.sql`), detail: text('') }],
    gates: [gate('status', 'pass', 'block', 'runs', 'ran'), gate('metrics', 'fail', isHostile ? 'block' : 'warn', text('at most 5%'), text('12.4%'), 'orders'), { ...gate('rows', 'fail', 'warn', 'at most 10%', '33%'), waiver: { gate: 'rows', report, head: COMMIT, by: text('Ann'), reason: text('seen'), until: '2026-12-31' } }, gate('backtest', 'not-run', 'warn', 'no other number', 'inputs are out of reach')],
    base: sideOf(before, base, report), head: sideOf(after, head, report),
    inputs: { identical: true, files: [{ source: 'orders', path: text('data/orders.csv'), bytes: 180, sha256: digestJson('orders'), readBy: 'both' }], drift: isHostile ? { files: [text('data/orders.csv')], comparison: null, error: HOSTILE } : null },
    comparison: change === 'described' ? null : compared, distributions: change === 'described' ? [] : [distribution(text('region'), change === 'added')],
    sql: change === 'described' ? null : { classes: ['filter'], lines: ['@@ -1,2 +1,2 @@', ' select day', `-from orders ${text('')}`, `+from orders where region = 'north' ${text('')}`] },
    metrics: definition.metrics.map(({ name, label, format, unit = null, better = null, target = null }) => ({ name, label, format, unit, better, target })),
    backtest: change === 'modified' ? { asked: 4, points: ['2026-01-05', '2026-01-06', '2026-01-07'].map((asOf, index) => ({ asOf, snapshot: `${report}@${asOf}.v1`, metrics: [{ name: 'orders', type: 'HUGEINT', published: String(200 + index), base: String(200 + index), head: String(120 + index) }], alerts: { base: [], head: index === 1 ? [text('target: Orders')] : [] }, failed: { base: null, head: null } })), unreachable: [{ asOf: '2026-01-04', reason: text('nothing was kept') }, { asOf: '2026-01-03', reason: 'nothing was kept' }] } : null,
    changes: null, personal: definition.personal.length > 0,
  };
}

function gate(name: GateResult['gate'], status: GateResult['status'], level: GateResult['level'], expected: string, actual: string, subject: string | null = null): GateResult {
  return { gate: name, level, status, expected, actual, subject, waiver: null };
}

function problem(): ReviewProblem {
  return { report: null, code: 'unknown-key', message: HOSTILE, remedy: 'Remove the key.', file: 'reports/team/x.yml', line: 3, column: 1 };
}

function sideOf(outcome: Outcome | null, { reports, macros }: Definitions, id: string): ReviewSide | null {
  const report = reports.get(id);
  if (!outcome || !report) return null;
  const common = { definition: definitionDigest(report, macros), requested: '2026-01-08', milliseconds: 12 };
  if (outcome.kind === 'failure') return { ...common, status: 'failed', error: { ...problem(), report: id, code: outcome.error.code, message: outcome.error.message }, asOf: null, result: null, data: null, deterministic: null, order: null, warnings: [] };
  return { ...common, status: 'ok', error: null, asOf: outcome.asOf, result: outcome.result, data: dataDigest(outcome.result), deterministic: true, order: { sources: [], error: null, partly: false }, warnings: [] };
}

function kept(report: string, { asOf, inputs, result, csv }: Result): { manifest: Manifest; csv: Buffer } {
  return { manifest: { format: SNAPSHOT_FORMAT, report, as_of: asOf, version: 1, supersedes: null, inputs, inputs_digest: digestJson(inputs), data: dataDigest(result), ...result }, csv };
}

/** Rows that are on one side alone, and pairs by the first two columns; what the real one does is tested elsewhere. */
function changesOf(before: Result, after: Result, { comparison }: ReportReview): Buffer {
  const keyed = comparison?.kind === 'different' && comparison.key.mode === 'keyed' ? comparison.key.columns.length : 0;
  const keyOf = (row: readonly (string | null)[]): string => JSON.stringify(keyed > 0 ? row.slice(0, keyed) : row);
  const [old, now] = [before, after].map(({ csv }) => new Map(rowsOf(csv).map((row) => [keyOf(row), row])));
  const rows = [...new Set([...old!.keys(), ...now!.keys()])].sort().flatMap((key) => {
    const [a, b] = [old!.get(key), now!.get(key)];
    if (a && b) return JSON.stringify(a) === JSON.stringify(b) ? [] : [['before', ...a], ['after', ...b]];
    return a ? [['removed', ...a]] : [['added', ...b!]];
  });
  return encodeCsv(['change', ...after.result.columns.map(({ name }) => name)], rows);
}

function distribution(name: string, isNew: boolean): ColumnDistribution {
  const side = (rows: number): SideDistribution => ({ rows, nulls: 1, distinct: 2, min: 'north', max: HOSTILE, sum: null, mean: null, quantiles: { p05: 'north', p25: 'north', p50: 'north', p75: 'south', p95: 'south' } });
  return {
    name, type: 'VARCHAR', base: isNew ? null : side(6), head: side(3), largestDifference: null,
    top: [{ value: 'north', base: isNew ? 0 : 3, head: 3 }, { value: HOSTILE, base: isNew ? 0 : 3, head: 0 }, { value: null, base: 0, head: 1 }],
    histogram: { edges: ['0', '10', '20', '30'], base: isNew ? [0, 0, 0] : [3, 0, 1], head: [1, 2, 8] },
  };
}
