import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { parseMetric } from '../../src/report/metric.ts';
import type { MacroFile, Report, Source } from '../../src/report/report.ts';
import { instanceSchema, reportSchema, sourceSchema } from '../../src/report/schema.ts';
import { openRunner, type Runner } from '../../src/run/runner.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';

/** What a test says of a source or a report; the rest is filled in. */
type Written = Record<string, unknown>;

export interface Bench {
  root: string;
  cache: string;
  runner: Runner;
  /** Runs SQL as a report of the sources that the instance has. */
  run: (sql: string, report?: Written, asOf?: string, slot?: Date) => Promise<Outcome>;
}

interface BenchOptions {
  files?: Record<string, string | Uint8Array>;
  sources?: Record<string, Written>;
  macros?: string[];
  roots?: string[];
  parallel?: number;
  limits?: Written;
  secondsLeft?: () => number;
}

export const SALES = 'day,city,amount\n2001-06-28,Oslo,1.5\n2001-06-29,Rome,2.5\n2001-06-30,Oslo,4\n2001-06-30,Rome,8\n';

/** An instance in a folder of its own, closed and removed after the test. */
export async function openBench(t: TestContext, { files = { 'data/sales.csv': SALES }, sources = { sales: { files: 'data/sales.csv' } }, macros = [], roots = ['.'], parallel = 1, limits = {}, secondsLeft }: BenchOptions = {}): Promise<Bench> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'daybook-run-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  }
  const cache = path.join(root, '.daybook');
  const read = new Map(Object.entries(sources).map(([name, written]) => [name, sourceOf(name, written)]));
  const macroFiles: MacroFile[] = macros.map((sql, index) => ({ file: `queries/macros/m${index}.sql`, sql }));
  const runner = openRunner({ root, cache, instance: instanceOf(roots, limits), sources: read, macros: macroFiles, parallel, ...(secondsLeft && { secondsLeft }) });
  t.after(async () => {
    await runner.close();
    await rm(root, { recursive: true, force: true });
  });
  return {
    root, cache, runner,
    run: (sql, report = {}, asOf = '2001-06-30', slot = new Date('2001-07-01T06:00:00Z')) => runner.run(reportOf(sql, { sources: [...read.keys()], ...report }), asOf, slot),
  };
}

export function instanceOf(roots: string[] = ['.'], limits: Written = {}) {
  return instanceSchema.parse({ title: 'Test', instance: 'test', teams: { team: { title: 'Team' } }, source_roots: roots, limits });
}

export function sourceOf(name: string, written: Written): Source {
  return { ...sourceSchema.parse(written), name, file: `queries/sources/${name}.yml` };
}

export function reportOf(sql: string, { limits = {}, ...written }: Written = {}): Report {
  const spec = reportSchema.parse({ title: 'R', team: 'team', owner: 'o@example.org', description: 'D.', schedule: { cron: '0 6 * * *' }, ...written });
  return {
    ...spec,
    id: 'team/r', file: 'reports/team/r.yml', query: { file: 'queries/team/r.sql', sql },
    schedule: { cron: '0 6 * * *', timezone: 'UTC', catch_up: 'last' },
    metrics: Object.entries(spec.metrics).map(([name, metric]) => ({ ...metric, name, expression: parseMetric(metric.value) })),
    limits: { seconds: 20, memory_mb: 512, rows: 1_000_000, bytes: 25_000_000, ...(limits as object) },
    narrative: null, approvers: 0, personal: [],
  };
}

/** Code and message of a failure, without the excerpt; fails the test for a result. */
export function failureOf(outcome: Outcome): { code: string; message: string; file: string | undefined; line: number | undefined; column: number | undefined; key: string | undefined; hint: string } {
  if (outcome.kind === 'result') throw new Error(`expected a failure, got ${outcome.csv.toString().slice(0, 200)}`);
  const { code, message, place, remedy } = outcome.error;
  return { code, message: message.split('\n')[0]!, file: place.file, line: place.line, column: place.column, key: place.key, hint: remedy };
}

export function resultOf(outcome: Outcome): Extract<Outcome, { kind: 'result' }> {
  if (outcome.kind === 'failure') throw outcome.error;
  return outcome;
}

export function csvOf(outcome: Outcome): string {
  return resultOf(outcome).csv.toString();
}
