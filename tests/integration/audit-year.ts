import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestBytes, digestJson, type Digest } from '../../src/snapshot/canonical.ts';
import { writeCheckpoint } from '../../src/snapshot/checkpoint.ts';
import { CHECKPOINT_PATH, entryDigest, entryPath, writeEntry, type Entry } from '../../src/snapshot/entry.ts';
import { citation, dataDigest, pathsOf, SNAPSHOT_FORMAT, writeManifest, type Manifest } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';
import { commit, ENV, git, write } from './instance.ts';

interface Past {
  reports: number;
  days: number;
}

const FIRST = Date.UTC(2026, 0, 1, 6);
const DAY = 86_400_000;

function reportId(index: number): string {
  return `team/report-${String(index).padStart(5, '0')}`;
}

function reportYaml(index: number, edit: number): string {
  return `title: Orders ${index}\nteam: team\nowner: a@example.org\ndescription: Orders.\nsources: [orders]\nschedule: { cron: "0 ${6 + (edit % 12)} * * *" }\nkey: [day]\ntime: { column: day, period: day }\nmetrics: { n: { label: N, value: sum(n), target: ${edit} } }\n`;
}

/**
 * Writes an instance with a past: a job a day, of which each tenth report restates three rows and a metric, and a person's
 * commit a day that changes a report and its query. One `git fast-import`.
 */
export async function writePast(root: string, past: Past): Promise<void> {
  await write(root, { 'daybook.yml': 'title: Past\ninstance: past\nteams: { team: { title: Team } }\ngit: { name: Daybook, email: daybook@example.org }\n', '.gitignore': '.daybook/\ndist/\n', 'data.csv': 'day,n\n2026-01-01,1\n', 'queries/sources/orders.yml': 'files: data.csv\n' });
  for (let index = 0; index < past.reports; index += 1) await write(root, { [`reports/${reportId(index)}.yml`]: reportYaml(index, 0), [`queries/${reportId(index)}.sql`]: `select day, n from orders -- ${index}\n` });
  await git(root, 'init', '-q', '-b', 'main');
  await commit(root, 'Definitions');
  const child = spawn('git', ['fast-import', '--quiet', '--done', '--force'], { cwd: root, env: ENV, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await pipeline(Readable.from(stream(past)), child.stdin);
  if ((await ended) !== 0) throw new Error('git fast-import failed');
  await git(root, 'reset', '-q', '--hard');
}

type Files = [path: string, text: string][];

function* stream({ reports, days }: Past): Generator<string> {
  let previous: Digest | null = null;
  for (let day = 0; day < days; day += 1) {
    const time = FIRST + day * DAY;
    const made = Array.from({ length: reports }, (_, index) => kept(index, day));
    const entry: Entry = {
      format: 'daybook/ledger/1', sequence: day + 1, previous, time: new Date(time).toISOString().replace('.000Z', 'Z'), job: { trigger: 'schedule', actor: 'ci', code: '0'.repeat(40), url: null }, missed: [],
      runs: made.map(({ run }) => run), kept: made.map(({ record }) => record), changes: made.map(({ change }) => change),
    };
    previous = entryDigest(entry);
    yield* commitOf(['Daybook', 'daybook@example.org'], time + 60_000, `Snapshots: ${reports} kept`, [...made.flatMap(({ files }) => files), [entryPath(entry), writeEntry(entry)], [CHECKPOINT_PATH, writeCheckpoint('past', entry, null)]], day === 0);
    const id = reportId(day % reports);
    yield* commitOf(['Person', 'person@example.org'], time + 3_600_000, `Change ${id} (#${day + 1})`, [[`reports/${id}.yml`, reportYaml(day % reports, day + 1)], [`queries/${id}.sql`, `select day, n from orders where n > ${day}\n`]]);
  }
  yield 'done\n';
}

function kept(index: number, day: number): { files: Files; record: Entry['kept'][number]; run: Entry['runs'][number]; change: ChangeRecord } {
  const dayOf = (at: number): string => new Date(FIRST + at * DAY).toISOString().slice(0, 10);
  const [report, asOf] = [reportId(index), dayOf(day)];
  const csv = `day,n\n${asOf},${index + day}\n`;
  const result = { columns: [{ name: 'day', type: 'DATE' }, { name: 'n', type: 'BIGINT' }], rows: { count: 1, bytes: csv.length, sha256: digestBytes(csv) }, metrics: [{ name: 'n', value: String(index + day), type: 'HUGEINT', period: asOf }] };
  const inputs: Manifest['inputs'] = { report, definition: digestJson(index), query: digestJson(index), parameters: { as_of: asOf }, sources: [], engine: { name: 'duckdb', version: '1', settings: {} } };
  const manifest: Manifest = { ...result, format: SNAPSHOT_FORMAT, checks: [], report, as_of: asOf, version: 1, supersedes: null, inputs, inputs_digest: digestJson(inputs), data: dataDigest(result) };
  const paths = pathsOf({ report, asOf, version: 1 });
  const restates = index % 10 === 0 && day > 0;
  const restated: ChangeRecord['restated'] = restates ? {
    periods: { from: asOf, to: asOf }, rows: { added: 0, removed: 0, modified: 3 }, metrics: 1, first_metrics: [{ name: 'n', period: asOf, before: '1', after: '2' }],
    first_rows: ['SEA', 'LAX', 'JFK'].map((origin) => ({ kind: 'modified', key: { day: asOf, origin }, cells: [{ column: 'n', before: '512', after: '518' }] })),
  } : null;
  return {
    files: [[paths.manifest, writeManifest(manifest)], [paths.rows, csv]],
    record: { report, as_of: asOf, version: 1, manifest: digestJson(manifest), rows: result.rows.sha256, data: manifest.data },
    run: { report, slot: `${asOf}T06:00Z`, requested: asOf, as_of: asOf, status: 'succeeded', attempts: 1, milliseconds: 5, definition: digestJson(index), inputs: manifest.inputs_digest, data: manifest.data, error: null, warnings: [] },
    change: { report, as_of: asOf, version: 1, base: day === 0 ? null : citation({ report, asOf: dayOf(day - 1), version: 1 }), rows: { entered: 1, modified: restates ? 3 : 0, deleted: 0, left: 0 }, restated },
  };
}

function* commitOf([name, email]: [string, string], time: number, message: string, files: Files, first = false): Generator<string> {
  const who = `${name} <${email}> ${time / 1_000} +0000`;
  yield `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}\n${first ? 'from refs/heads/main^0\n' : ''}`;
  for (const [path, text] of files) yield `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
}
