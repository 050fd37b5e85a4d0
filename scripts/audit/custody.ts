import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { custodyOf, type Custody, type CustodyStep } from '../../src/analysis/audit/custody.ts';
import { DaybookError, visible, visibleJson } from '../../src/error.ts';
import { custodyText } from '../../src/present/audit/custody.ts';
import { loadInstance } from '../../src/report/load.ts';
import { readYaml } from '../../src/report/yaml.ts';
import { queryDigest } from '../../src/run/inputs.ts';
import { readEntries } from '../../src/snapshot/checkout.ts';
import { entryDigest, type Entry } from '../../src/snapshot/entry.ts';
import { citation, type Manifest, type SnapshotName } from '../../src/snapshot/manifest.ts';
import { readBlob, readBlobs } from '../../src/store/history.ts';
import { listBlobs } from '../../src/store/objects.ts';
import { resolveCommit, type Repository } from '../../src/store/repository.ts';
import { readKept, readKeptManifest, versionNamed } from '../instance/kept.ts';
import { snapshotOf } from '../show.ts';
import type { World } from '../world/world.ts';
import { foldOnce, openArchive } from './collect.ts';

/**
 * Prints the chain of custody of a snapshot's numbers. Returns the exit code: 1 where something here is not what the ledger says.
 * @throws `snapshot-unknown`, `wrong-use`
 */
export async function custody(world: World, word: string, { metric, format }: { metric?: string | undefined; format: string }): Promise<number> {
  if (format !== 'text' && format !== 'json') throw new DaybookError('wrong-use', `the chain of custody is not written as ${format}`, {}, 'Use --format text or json.');
  const document = await custodyDocument(world, word, metric ?? null);
  if (format === 'json') world.out(visibleJson(document));
  else world.out(visible(custodyText(document)));
  return document.steps.some(({ step, found }) => found === 'other' && step !== 'source') ? 1 : 0;
}

async function custodyDocument(world: World, word: string, metric: string | null): Promise<Custody> {
  const instance = loadInstance(world.root);
  const entries = readEntries(world.root);
  const fold = foldOnce(entries);
  const ledger = fold();
  const name = snapshotOf(world, word, ledger);
  const version = versionNamed(ledger, name);
  const entry = entries[version.sequence - 1]!;
  const manifest = await readKeptManifest(world, ledger, name);
  if (metric !== null && !manifest.metrics.some((one) => one.name === metric)) {
    throw new DaybookError('wrong-use', `${citation(name)} has no metric "${metric}"`, {}, `It has ${manifest.metrics.map((one) => one.name).join(', ') || 'none'}.`);
  }
  const { repository, commitOf } = await openArchive(world, instance, entries, fold);
  return custodyOf({
    version, manifest, entry, metric, entryDigest: entryDigest(entry), commit: commitOf.get(entry.sequence) ?? null, prefix: repository?.prefix ?? '', url: instance.url ?? null,
    rows: await readKept(world, ledger, name).then(() => 'same' as const, foundOf), sources: await sourcesNow(world.root, manifest), ...(await askedThen(repository, entry, name, manifest)),
  });
}

function foundOf(cause: unknown): CustodyStep['found'] {
  if (!(cause instanceof DaybookError)) throw cause;
  return cause.code === 'snapshot-broken' ? 'other' : 'not here';
}

/** Which of the source files that the snapshot names are still the same here. */
async function sourcesNow(root: string, { inputs }: Manifest): Promise<Map<string, boolean>> {
  const found = new Map<string, boolean>();
  for (const { path: file, sha256 } of inputs.sources.flatMap(({ files }) => files)) {
    const digest = await digestFile(path.join(root, file));
    if (digest !== null) found.set(file, digest === sha256);
  }
  return found;
}

async function digestFile(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch {
    return null;
  }
  return `sha256:${hash.digest('hex')}`;
}

type DefinitionThen = { query: { file: string; same: boolean } | null; expressions: Map<string, string> };

/** The query and the metrics as the commit has them that ran them. */
async function askedThen(repository: Repository | null, { job: { code } }: Entry, { report }: SnapshotName, manifest: Manifest): Promise<DefinitionThen> {
  const nothing: DefinitionThen = { query: null, expressions: new Map() };
  const commit = repository && (await resolveCommit(repository.git, code));
  if (!repository || !commit) return nothing;
  const found = (await readBlobs(repository, commit, [`reports/${report}.yml`, `reports/${report}.yaml`])).find((bytes) => bytes !== null);
  const spec = found ? writtenIn(found.toString(), report) : null;
  if (spec === null) return nothing;
  const file = path.posix.normalize(path.posix.join('queries', path.posix.dirname(report), spec.query ?? `${path.posix.basename(report)}.sql`));
  const sql = await readBlob(repository, commit, file);
  if (sql === null) return { ...nothing, expressions: spec.expressions };
  const same = queryDigest({ query: { file, sql: sql.toString() } }, await macrosAt(repository, commit)) === manifest.inputs.query;
  return { query: { file, same }, expressions: spec.expressions };
}

async function macrosAt(repository: Repository, commit: string): Promise<{ file: string; sql: string }[]> {
  const listed = await listBlobs(repository, commit, [`${repository.prefix}queries/macros`]);
  const files = [...listed.keys()].map((file) => file.slice(repository.prefix.length)).filter((file) => file.endsWith('.sql')).sort();
  const texts = await readBlobs(repository, commit, files);
  return files.map((file, index) => ({ file, sql: texts[index]?.toString() ?? '' }));
}

/** An old definition may not be valid today: only what is asked for is read. Null where it cannot be read. */
function writtenIn(text: string, report: string): { query: string | undefined; expressions: Map<string, string> } | null {
  try {
    const { query, metrics } = readYaml(text, report).value as { query?: unknown; metrics?: { [name: string]: { value?: unknown } } };
    const expressions = Object.entries(metrics ?? {}).flatMap(([name, metric]) => (typeof metric?.value === 'string' ? [[name, metric.value] as const] : []));
    return { query: typeof query === 'string' ? query : undefined, expressions: new Map(expressions) };
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
}
