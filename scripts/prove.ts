import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError, visible } from '../src/error.ts';
import { applyEntry, emptyState, type Version } from '../src/snapshot/ledger-state.ts';
import { citation, type Manifest } from '../src/snapshot/manifest.ts';
import { manifestsAt } from '../src/store/manifests.ts';
import { openRepository, type Repository } from '../src/store/repository.ts';
import { readRetiredManifests } from '../src/store/retired.ts';
import { checkProof, writeProof } from '../src/store/verify/proof.ts';
import { readContents } from '../src/store/verify/verify.ts';
import { versionNamed } from './instance/kept.ts';
import { snapshotOf } from './show.ts';
import { knownOf } from './verify.ts';
import { writeWhole } from './world/files.ts';
import type { World } from './world/world.ts';

interface ProveOptions {
  check?: string | undefined;
  checkpoint: string[];
  key: string[];
  rows?: string | undefined;
  out?: string | undefined;
}

/** Writes a proof, or checks one: 0 proven, 1 false, 2 nothing vouches for it. */
export async function prove(world: World, word: string | undefined, options: ProveOptions): Promise<number> {
  if ((word === undefined) === (options.check === undefined)) throw new DaybookError('wrong-use', 'name a snapshot to prove, or a proof to check with --check');
  return options.check === undefined ? make(world, word!, options) : check(world, options.check, options);
}

async function make(world: World, word: string, { checkpoint, out }: ProveOptions): Promise<number> {
  const repository = await openRepository(world.root, world.env);
  const contents = await readContents({ ...repository, commit: repository.head });
  const bad = contents.layers.find(({ status }) => status === 'tampered');
  if (bad || !contents.checkpoint) throw new DaybookError('ledger-broken', bad?.findings[0]?.message ?? 'There is no checkpoint', { file: bad?.findings[0]?.file ?? undefined }, 'See `npx daybook verify`.');
  const ledger = contents.entries.reduce(applyEntry, emptyState());
  const name = snapshotOf(world, word, ledger);
  const { report, asOf, version } = name;
  const first = contents.entries.findIndex(({ kept }) => kept.some((record) => record.report === report && record.as_of === asOf && record.version === version));
  const { checkpoints } = await knownOf(world, { since: checkpoint, key: [], unanchored: false });
  const end = checkpoints[0]?.checkpoint ?? contents.checkpoint;
  if (contents.digests.get(end.sequence) !== end.head) throw new DaybookError('proof-broken', `${checkpoints[0]!.file} is no checkpoint of this ledger`, {}, 'See `npx daybook verify --since`.');
  if (end.sequence <= first) throw new DaybookError('wrong-use', `${citation(name)} was kept in entry ${first + 1}, after that checkpoint`);
  const manifest = await manifestOf(repository, versionNamed(ledger, name));
  const text = writeProof(name, manifest, contents.entries.slice(first, end.sequence), checkpoints[0] ? await readFile(path.resolve(world.root, checkpoints[0].file), 'utf8') : contents.checkpointText);
  if (out === undefined) world.out(text.trimEnd());
  else {
    await writeWhole(path.resolve(world.root, out), text);
    world.out(`${out}: ${citation(name)} stands under entry ${end.sequence} of "${end.instance}" (${Buffer.byteLength(text)} bytes). Check it with: npx daybook prove --check ${out}`);
  }
  return 0;
}

/** As the commit has it, whatever is checked out; a retired one out of Git's history. */
async function manifestOf(repository: Repository, version: Version): Promise<Manifest> {
  const [manifest] = version.retired ? await readRetiredManifests(repository, [version]) : await manifestsAt(repository, repository.head, [version]);
  return manifest!;
}

async function check(world: World, file: string, { checkpoint, key, rows }: ProveOptions): Promise<number> {
  const read = async (name: string) => readFile(path.resolve(world.root, name)).catch(() => {
    throw new DaybookError('wrong-use', `there is no file ${name}`);
  });
  const known = await knownOf(world, { since: checkpoint, key, unanchored: false });
  let proven;
  try {
    proven = checkProof((await read(file)).toString(), known, rows === undefined ? null : await read(rows));
  } catch (cause) {
    if (!(cause instanceof DaybookError) || cause.code !== 'proof-broken') throw cause;
    world.out(`FALSE: ${cause.message}`);
    return 1;
  }
  const { snapshot, manifest, entry, standing, anchor, checkpoint: end } = proven;
  world.out(`${snapshot}: kept ${entry.time} in ledger entry ${entry.sequence}; the checkpoint is entry ${end.sequence} of "${end.instance}".`);
  if (standing !== null) world.out(line(`  ${standing}`));
  world.out(`  rows  ${manifest.rows.count} (${manifest.rows.bytes} bytes, ${manifest.rows.sha256})`);
  for (const metric of manifest.metrics) world.out(line(`  ${metric.name} = ${metric.value ?? 'no value'}${metric.period ? ` (${metric.period})` : ''}`));
  for (const { message } of anchor.findings) world.out(`  ${message}`);
  if (proven.rows === false) world.out(`FALSE: ${rows} is not the rows of this snapshot.`);
  else if (anchor.status === 'tampered') world.out('FALSE: it does not stand under what you know of this ledger.');
  else if (anchor.status === 'sound') world.out(`PROVEN: ${anchor.detail}${proven.rows ? ` ${rows} is its rows.` : ''}`);
  else world.out('CANNOT TELL: its parts fit together, and nothing from elsewhere vouches for its checkpoint. Give one that you trust (--checkpoint) or the public key (--key).');
  return proven.rows === false || anchor.status === 'tampered' ? 1 : anchor.status === 'sound' ? 0 : 2;
}

/** What the file of somebody else says stays in its line. */
function line(text: string): string {
  return visible(text).replaceAll('\n', '␊');
}
