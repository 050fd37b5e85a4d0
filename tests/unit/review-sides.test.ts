import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedOf, inputsOf, problemOf, runTwice, sideOf, withLimits, type Sided } from '../../scripts/review/sides.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Report } from '../../src/report/report.ts';
import { instanceSchema, reportSchema } from '../../src/report/schema.ts';
import type { Runner } from '../../src/run/runner.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';

function reportOf(more: Partial<Report> = {}): Report {
  const written = reportSchema.parse({ title: 'R', team: 'team', owner: 'o@example.org', description: 'D.', sources: ['orders'], schedule: { cron: '0 6 * * *' } });
  return {
    ...written, id: 'team/r', file: 'reports/team/r.yml', query: { file: 'queries/team/r.sql', sql: 'SELECT 1 AS n' }, schedule: { cron: '0 6 * * *', timezone: 'UTC', catch_up: 'last' },
    metrics: [], limits: { seconds: 20, memory_mb: 512, rows: 100, bytes: 1_000 }, narrative: null, approvers: 0, personal: [], ...more,
  };
}

const REPORT = reportOf();
const SLOT = new Date('2026-01-08T06:00:00Z');
const ASKED = { requested: '2026-01-08', slot: SLOT };

function definitionsOf(report: Report = REPORT, instance: object = {}): Definitions {
  return { instance: instanceSchema.parse({ title: 'T', instance: 't', teams: {}, ...instance }), reports: new Map([[report.id, report]]), sources: new Map(), macros: [], broken: new Map(), problems: [] };
}

/** A result of one cell, of a source of one file. */
function resultOf(cell: string, milliseconds: number, bytes = 'orders'): Outcome {
  const csv = Buffer.from(`n\n${cell}\n`);
  const inputs = { sources: [{ name: 'orders', files: [{ path: 'data/orders.csv', bytes: 1, sha256: digestBytes(bytes) }] }] } as unknown as NonNullable<Outcome['inputs']>;
  return { kind: 'result', asOf: '2026-01-07', inputs, result: { columns: [{ name: 'n', type: 'INTEGER' }], rows: { count: 1, bytes: csv.length, sha256: digestBytes(csv) }, metrics: [], checks: [] }, csv, milliseconds, attempts: 1, warnings: [] };
}

function failureOf(milliseconds: number | null): Outcome {
  return { kind: 'failure', error: new DaybookError('query-failed', 'no'), inputs: null, milliseconds, attempts: 1 };
}

/** Its runs give these, one after the other; the last one again and again. */
async function sideOfRuns(outcomes: readonly Outcome[]): Promise<{ sided: Sided; side: NonNullable<ReturnType<typeof sideOf>> }> {
  let runs = 0;
  const runner = { run: () => Promise.resolve(outcomes[Math.min(runs++, outcomes.length - 1)]!) } as unknown as Runner;
  const definitions = definitionsOf();
  const sided = await runTwice({ definitions, folder: '/nowhere', runner }, REPORT.id, ASKED);
  return { sided, side: sideOf(REPORT.id, sided, definitions)! };
}

test('a side is run twice: what the second run gives otherwise is seen, and the time is that of the faster one', async () => {
  const same = await sideOfRuns([resultOf('1', 30), resultOf('1', 20)]);
  assert.deepEqual([same.side.deterministic, same.side.milliseconds], [true, 20]);
  const chance = await sideOfRuns(['1', '2', '3'].map((cell) => resultOf(cell, 10)));
  assert.deepEqual([chance.side.status, chance.side.deterministic, chance.side.order], ['ok', false, null]);
  const sometimes = await sideOfRuns([resultOf('1', 10), failureOf(40), failureOf(40)]);
  assert.deepEqual([sometimes.side.status, sometimes.side.deterministic], ['failed', false]);
});

test('a side whose query was never asked took no time', async () => {
  assert.deepEqual([(await sideOfRuns([failureOf(null)])).side.milliseconds, (await sideOfRuns([failureOf(7)])).side.milliseconds], [null, 7]);
});

test('inputs are the same where both sides read the same bytes for the same as-of', async () => {
  const { sided } = await sideOfRuns([resultOf('1', 1)]);
  const other = (await sideOfRuns([resultOf('1', 1, 'other bytes')])).sided;
  assert.deepEqual([inputsOf(sided, sided).identical, inputsOf(sided, other).identical, inputsOf(other, sided).identical], [true, false, false]);
  assert.equal(inputsOf(sided, { ...sided, asked: { ...ASKED, requested: '2026-01-08T06:00Z' } }).identical, false);
  assert.deepEqual(inputsOf(sided, other).files.map(({ path: file, readBy }) => [file, readBy]), [['data/orders.csv', 'both']]);
});

test('the head runs under the base’s limits, folders and rules, and under its own where they are less', () => {
  const { instance: base } = definitionsOf(REPORT, { limits: { seconds: 30, memory_mb: 1_000, rows: 500, bytes: 5_000 }, source_roots: ['data'], review: { metric_change: 0.01 } });
  const greedy = reportOf({ limits: { seconds: 9_999, memory_mb: 512, rows: 10_000_000, bytes: 1_000 } });
  const head = definitionsOf(greedy, { title: 'Head', limits: { seconds: 9_999, rows: 10_000_000 }, source_roots: ['.', '/'], review: { metric_change: 1 }, personal_store: 'elsewhere' });
  const { instance, reports } = withLimits(head, base);
  assert.deepEqual(reports.get(greedy.id)!.limits, { seconds: 30, memory_mb: 512, rows: 500, bytes: 1_000 });
  assert.deepEqual([instance.title, instance.limits, instance.source_roots, instance.review, instance.personal_store], ['Head', base.limits, ['data'], base.review, undefined]);
  assert.equal(withLimits(head, { ...base, personal_store: 'people' }).instance.personal_store, 'people');
});

test('both sides are asked for the base’s newest slot, each in the way of its own schedule', () => {
  const now = new Date('2026-01-08T12:30:00Z');
  const at = (cron: string, timezone = 'UTC'): Definitions => definitionsOf(reportOf({ schedule: { cron, timezone, catch_up: 'last' } }));
  const asked = (before: Definitions, after: Definitions): (string | undefined)[] => Object.values(askedOf(REPORT.id, before, after, now)).flatMap((one) => [one?.requested, one?.slot.toISOString().slice(0, 16)]);
  assert.deepEqual(asked(at('0 6 * * *'), at('0 6 1 1 *')), ['2026-01-08', '2026-01-08T06:00', '2026-01-08', '2026-01-08T06:00'], 'not the day that the change would choose');
  assert.deepEqual(asked(at('0 6 * * *'), at('0 * * * *')), ['2026-01-08', '2026-01-08T06:00', '2026-01-08T06:00Z', '2026-01-08T06:00']);
  assert.deepEqual(asked(at('0 * * * *'), at('0 6 * * *', 'Pacific/Kiritimati')), ['2026-01-08T12:00Z', '2026-01-08T12:00', '2026-01-09', '2026-01-08T12:00']);
  assert.deepEqual(askedOf('team/new', at('0 6 * * *'), at('0 6 * * *'), now), { base: null, head: null });
});

test('a problem says which key it is about', () => {
  const problem = problemOf(new DaybookError('wrong-value', 'missing; expected a text', { file: 'reports/sales/orders.yml', line: 1, column: 1, key: 'title' }), 'sales/orders');
  assert.equal(problem.message, 'title: missing; expected a text');
});
