import { cp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { verifyRepository, type VerifyOptions } from '../../scripts/verify.ts';
import type { World } from '../../scripts/world/world.ts';
import { digestBytes, digestJson, type Digest } from '../../src/snapshot/canonical.ts';
import { writeCheckpoint } from '../../src/snapshot/checkpoint.ts';
import { CHECKPOINT_PATH, entryPath, readEntry, writeEntry, type Entry } from '../../src/snapshot/entry.ts';
import { dataDigest, pathsOf, readManifest, writeManifest, type Manifest } from '../../src/snapshot/manifest.ts';
import { makeKey, parseSignerKey, type SignerKey } from '../../src/snapshot/note.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Finding, Layer } from '../../src/store/verify/layer.ts';
import { ENV, git, newRepository, request, result, temporaryFolder, write } from './store-fixture.ts';
import { wholeFile, type Lasting } from './instance.ts';

const DAYS = 4;
export const ROWS = 'snapshots/2001/06/02/v1/team/a.csv';
export const MANIFEST = 'snapshots/2001/06/02/v1/team/a.json';

export function ledgerFile(sequence: number): string {
  return `snapshots/ledger/2001/000000${sequence}.json`;
}

export interface Verdict {
  code: number;
  verdict: string;
  commit: string | null;
  checkpoint: string | null;
  first: (Finding & { layer: string }) | null;
  layers: Layer[];
  /** By the layer's name. */
  status: { [id: string]: string };
}

export const DAYBOOK = 'title: Test\ninstance: test\nteams: {}\n';

export function signed(...keys: { key: string; since: number }[]): string {
  return `${DAYBOOK}ledger:\n  keys:\n${keys.map(({ key, since }) => `    - { key: "${key}", since: ${since} }\n`).join('')}`;
}

export function newKey(name = 'test'): { text: string; signer: SignerKey } {
  const { signer, verifier } = makeKey(name);
  return { text: verifier, signer: parseSignerKey(signer) };
}

/** A day's job: two reports, of which one has several values. */
export async function job(root: string, day: number, values = [`${day}`, 'ä', 'x,y'], signer: SignerKey | null = null): Promise<void> {
  const asOf = `2001-06-0${day}`;
  const time = new Date(`${asOf}T06:00:00Z`);
  await keep(await openRepository(root, ENV), request([result('team/a', asOf, values.map(quote)), result('team/b', asOf, ['same'])], { time, signer }));
}

function quote(value: string): string {
  return value.includes(',') ? `"${value}"` : value;
}

/** A ledger of four entries in a repository on `main`; day 4 also corrected day 1. */
export async function ledger(t: Lasting, definition = DAYBOOK, signer: SignerKey | null = null): Promise<string> {
  const root = await newRepository(t);
  await write(root, 'daybook.yml', definition);
  await git(root, 'commit', '-qam', 'Instance');
  await jobs(root, signer);
  return root;
}

async function jobs(root: string, signer: SignerKey | null): Promise<void> {
  for (let day = 1; day < DAYS; day += 1) await job(root, day, undefined, signer);
  await job(root, 1, ['corrected'], signer);
}

let template: Promise<string> | null = null;
/** The template lives as long as the file's tests, not as the one that came first. */
const whole = wholeFile();

/** A copy of an unsigned ledger that is made once. */
export async function copyOfLedger(t: TestContext): Promise<string> {
  template ??= ledger(whole);
  const root = join(await temporaryFolder(t), 'repository');
  await cp(await template, root, { recursive: true });
  return root;
}

/** A checkpoint as an auditor keeps it: outside of the repository. */
export async function keepCheckpoint(root: string, commit = 'HEAD'): Promise<string> {
  const file = join(dirname(root), `checkpoint-${Math.random().toString(36).slice(2)}.txt`);
  await write(dirname(root), file.slice(dirname(root).length + 1), `${await git(root, 'show', `${commit}:${CHECKPOINT_PATH}`)}\n`);
  return file;
}

export async function judge(where: string, options: Partial<VerifyOptions> = {}, env: NodeJS.ProcessEnv = {}): Promise<Verdict> {
  const said: string[] = [];
  const world = {
    root: '/', env: { ...ENV, ...env }, now: () => new Date('2001-06-05T12:00:00Z'), elapsed: () => 0, cores: 1, terminal: false,
    out: (line: string) => void said.push(line), err: () => undefined, stage: (_name, step) => step(),
  } satisfies World;
  const code = await verifyRepository(world, where, { since: [], key: [], unanchored: false, json: true, ...options });
  const told = JSON.parse(said.join('\n')) as Omit<Verdict, 'code' | 'status'>;
  return { ...told, code, status: Object.fromEntries(told.layers.map(({ id, status }) => [id, status])) };
}

export async function commitAll(root: string, message = 'Tamper'): Promise<string> {
  await git(root, 'add', '-A', '-f');
  await git(root, 'commit', '-q', '-m', message);
  return git(root, 'rev-parse', 'HEAD');
}

export async function edit(root: string, file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(join(root, file), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing changed in ${file}`);
  await write(root, file, after);
}

export async function readEntries(root: string): Promise<Entry[]> {
  const files = (await git(root, 'ls-files', 'snapshots/ledger')).split('\n').filter((file) => file.endsWith('.json'));
  return Promise.all(files.map(async (file) => readEntry(await readFile(join(root, file), 'utf8'), file)));
}

/** Writes entries as one sound chain, with a checkpoint that fits: what a forger with Daybook's code does. */
export async function writeChain(root: string, entries: Entry[], signer: SignerKey | null = null): Promise<void> {
  await rm(join(root, 'snapshots/ledger'), { recursive: true });
  let previous: Digest | null = null;
  let last: Entry | null = null;
  for (const [index, entry] of entries.entries()) {
    last = { ...entry, sequence: index + 1, previous };
    previous = digestJson(last);
    await write(root, entryPath(last), writeEntry(last));
  }
  await write(root, CHECKPOINT_PATH, writeCheckpoint('test', last!, signer));
}

/** Changes a cell and makes manifest, entries and checkpoint fit again. */
export async function forge(root: string, signer: SignerKey | null = null): Promise<void> {
  const csv = Buffer.from((await readFile(join(root, ROWS), 'utf8')).replace('2\n', '7\n'));
  const old = readManifest(await readFile(join(root, MANIFEST), 'utf8'), MANIFEST);
  const result = { columns: old.columns, metrics: old.metrics, rows: { ...old.rows, sha256: digestBytes(csv), bytes: csv.length } };
  const manifest: Manifest = { ...old, ...result, data: dataDigest(result) };
  await write(root, ROWS, csv.toString());
  await write(root, MANIFEST, writeManifest(manifest));
  const entries = await readEntries(root);
  for (const entry of entries) {
    for (const run of entry.runs) if (run.data === old.data) run.data = manifest.data;
    for (const kept of entry.kept) {
      if (pathsOf({ report: kept.report, asOf: kept.as_of, version: kept.version }).manifest !== MANIFEST) continue;
      Object.assign(kept, { rows: manifest.rows.sha256, manifest: digestJson(manifest), data: manifest.data });
    }
  }
  await writeChain(root, entries, signer);
}

/** All of the branch's files as one first commit: what a forced push can put in the place of a history. */
export async function rewriteHistory(root: string): Promise<void> {
  await git(root, 'add', '-A', '-f');
  const tree = await git(root, 'write-tree');
  await git(root, 'reset', '-q', '--soft', await git(root, 'commit-tree', '-m', 'All', tree));
}
