import { execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { changeRecord } from '../../src/analysis/restatement/change-record.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import { digestBytes, digestJson, type Digest } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import { applyEntry, emptyState, type LedgerState } from '../../src/snapshot/ledger-state.ts';
import type { Column, Inputs, Result } from '../../src/snapshot/manifest.ts';
import { draftEntry, planOf } from '../../src/store/plan.ts';
import type { Attempted, KeepRequest } from '../../src/store/request.ts';
import type { NewFile } from '../../src/store/versions.ts';

/** A past of daily jobs: so many reports, each with so many rows on its first day. */
interface Past {
  reports: number;
  days: number;
  rows: number;
  /** As many of the oldest rows go each day as come: files of one size, among which Git finds the like less well. */
  window?: boolean;
}

/** Of a report's first rows, a day: new ones, and old ones that change. */
export const [ENTERED, CHANGED] = [0.001, 0.02];
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
const COLUMNS: Column[] = [{ name: 'id', type: 'BIGINT' }, { name: 'region', type: 'VARCHAR' }, { name: 'orders', type: 'BIGINT' }, { name: 'revenue', type: 'DECIMAL(12,2)' }, { name: 'share', type: 'DOUBLE' }];
const HEADER = `${COLUMNS.map(({ name }) => name).join(',')}\n`;
const PERSON = { name: 'Bench', email: 'bench@localhost' };

/** What of its reports says how their snapshots are compared. */
export const PAST_REPORT = { key: ['id'], metrics: [], personal: [] };

/** ISO date. @param index days since the first of the history, from 0 */
export function dayOf(index: number): string {
  return new Date(FIRST_DAY + index * DAY).toISOString().slice(0, 10);
}

/** Shared by no two reports in their last letters, by which Git looks for a file's like. */
function pastReportId(index: number): string {
  return `team-${Math.floor(index / 500)}/report-${String(index).padStart(5, '0')}`;
}

/**
 * Writes an instance and its past, a commit a day, as the store plans it: entries and snapshots are
 * the ones that so many jobs would have kept. One `git fast-import`; nothing is checked out.
 */
export async function writePast(root: string, past: Past): Promise<void> {
  await writeInstance(root, past);
  const definitions = loadDefinitions(root);
  const made = new Map([...definitions.reports].map(([id, report]) => [id, definitionDigest(report, definitions.macros)]));
  const child = spawn('git', ['fast-import', '--quiet', '--done', '--force'], { cwd: root, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await pipeline(Readable.from(commits(past, made)), child.stdin);
  if ((await ended) !== 0) throw new Error('git fast-import of the past failed');
}

/** Definitions that a job can go on with after the last day of the past. */
async function writeInstance(root: string, past: Past): Promise<void> {
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  };
  const names = Array.from({ length: past.reports }, (_, index) => index);
  const teams = new Set(names.map((index) => pastReportId(index).split('/')[0]!));
  await write('daybook.yml', `title: Past\ninstance: past\nteams: { ${[...teams].map((team) => `${team}: { title: ${team} }`).join(', ')} }\nsource_roots: [data]\ngit: { name: Daybook, email: daybook@localhost }\n`);
  await write('.gitignore', '.daybook/\ndist/\n');
  await write('queries/sources/orders.yml', 'files: data/orders.csv\ncolumns: { report: INTEGER, id: BIGINT, region: VARCHAR, orders: BIGINT, revenue: "DECIMAL(12,2)", share: DOUBLE }\ncluster_by: [report]\n');
  await write('data/orders.csv', `report,${HEADER}${names.flatMap((report) => rowsOf(report, past.days, past).map((row) => `${report},${row}\n`)).join('')}`);
  for (const report of names) {
    const id = pastReportId(report);
    await write(`queries/${id}.sql`, `select id, region, orders, revenue, share from orders where report = ${report}\n`);
    await write(`reports/${id}.yml`, `title: Orders ${report}\nteam: ${id.split('/')[0]}\nowner: bench@localhost\ndescription: Orders by region.\nsources: [orders]\nschedule: { cron: "0 6 * * *" }\nas_of: scheduled\nkey: [id]\nmetrics: { orders: { label: Orders, value: sum(orders), format: ",d" } }\n`);
  }
  // Before the first day, so that time in the ledger only runs forward.
  const env = { ...process.env, GIT_COMMITTER_DATE: `${dayOf(-1)}T00:00:00Z`, GIT_AUTHOR_DATE: `${dayOf(-1)}T00:00:00Z` };
  const git = (...words: string[]): unknown => execFileSync('git', ['-c', `user.name=${PERSON.name}`, '-c', `user.email=${PERSON.email}`, ...words], { cwd: root, env });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'Definitions');
}

function* commits(past: Past, made: Map<string, Digest>): Generator<Buffer | string> {
  const state: LedgerState = emptyState();
  const before = new Map<string, KeptSnapshot>();
  for (let day = 0; day < past.days; day += 1) {
    const attempts = Array.from({ length: past.reports }, (_, index) => attemptOf(index, day, past, made.get(pastReportId(index))!));
    const request = pastRequest(attempts, day);
    const { entry: drafted, versions } = draftEntry(state, request);
    const changes = drafted.kept.map((head) => {
      const content = versions.contentOf(head)!;
      const change = changeRecord(before.get(head.report) ?? null, content, PAST_REPORT);
      before.set(head.report, content);
      return change;
    });
    const entry = { ...drafted, changes };
    const plan = planOf(entry, versions, request, []);
    yield* commitOf([...plan.files, plan.checkpoint], day);
    // A pack a day, as so many jobs leave them: Git looks for differences between packs, not again within one.
    yield 'checkpoint\n';
    applyEntry(state, entry);
    state.instance = 'past';
  }
  yield 'done\n';
}

function* commitOf(files: NewFile[], day: number): Generator<Buffer | string> {
  const who = `${PERSON.name} <${PERSON.email}> ${(FIRST_DAY + day * DAY) / 1_000 + 6 * 3_600} +0000`;
  const message = `Snapshots of ${dayOf(day)}`;
  yield `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n${message}\n${day === 0 ? 'from refs/heads/main^0\n' : ''}`;
  for (const { path: file, bytes } of files) {
    yield `M 100644 inline ${file}\ndata ${Buffer.byteLength(bytes)}\n`;
    yield bytes;
    yield '\n';
  }
}

/** The request of one day’s job, at 06:00 UTC. @param day as `dayOf` */
export function pastRequest(attempts: Attempted[], day: number): KeepRequest {
  return {
    instance: 'past', identity: { name: 'Daybook', email: 'daybook@localhost' }, time: new Date(FIRST_DAY + day * DAY + 6 * 3_600_000),
    job: { trigger: 'schedule', actor: 'bench', code: '0'.repeat(40), url: null }, attempts, missed: [],
  };
}

/** What a run of a report on a day came back with. */
export function attemptOf(report: number, day: number, past: Pick<Past, 'rows' | 'window'>, definition: Digest): Attempted {
  const id = pastReportId(report);
  const asOf = dayOf(day);
  const lines = rowsOf(report, day, past);
  const csv = Buffer.from(`${HEADER}${lines.join('\n')}\n`);
  const orders = lines.reduce((sum, line) => sum + Number(line.split(',', 3)[2]), 0);
  const inputs: Inputs = {
    report: id, definition, query: digestJson(id), parameters: { as_of: asOf },
    sources: [{ name: 'orders', files: [{ path: 'data/orders.csv', bytes: 1_000_000 + day, sha256: digestBytes(asOf) }], reading: digestJson('csv') }],
    engine: { name: 'duckdb', version: '1.5.5', settings: { threads: 1, TimeZone: 'UTC' } },
  };
  const result: Result = {
    columns: COLUMNS, rows: { count: lines.length, bytes: csv.length, sha256: digestBytes(csv) },
    metrics: [{ name: 'orders', value: String(orders), type: 'HUGEINT', period: null }],
    checks: [{ name: 'rows', column: null, operator: 'min', expected: '1', actual: String(lines.length), level: 'error', passed: true }],
  };
  return { report: id, slot: `${asOf}T06:00Z`, requested: asOf, definition, kind: 'result', asOf, inputs, result, csv, milliseconds: 12, attempts: 1, warnings: [] };
}

/** A row's values follow from its id and from how often it has changed. */
function rowsOf(report: number, day: number, { rows, window = false }: Pick<Past, 'rows' | 'window'>): string[] {
  const entered = Math.ceil(rows * ENTERED) * day;
  return Array.from({ length: window ? rows : rows + entered }, (_, index) => {
    const id = (window ? entered : 0) + index;
    const born = mix(report, id, 0);
    // Each row has its own days on which it changes.
    const turn = Math.floor((day + (born % Math.round(1 / CHANGED))) * CHANGED);
    const now = mix(report, id, turn);
    return `${id},region-${born % 40},${now % 5_000},${((now % 900_000) / 100).toFixed(2)},${(now % 9_973) / 9_973}`;
  });
}

/** A number below 2³² that looks random and is the same each time (after Steele and Vigna's mixing of 32 bits). */
function mix(...values: number[]): number {
  let state = 0x9e3779b9;
  for (const value of values) {
    state = Math.imul(state ^ value, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return state >>> 0;
}
