import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { visible, visibleJson } from '../src/error.ts';
import { loadDefinitions } from '../src/report/load.ts';
import { openRepository } from '../src/store/repository.ts';
import { cloneState, measureFolders, measureObjects } from '../src/store/size.ts';
import { forecast, gitBytes, isPacked, judge, LIMITS, type DoctorFinding } from './doctor/judge.ts';
import { doctorText, type Derived } from './doctor/text.ts';
import { filesOf } from './world/files.ts';
import type { World } from './world/world.ts';

/**
 * What the repository costs, how it grows, and which limit is near. Reads Git alone; nothing is
 * fetched. Returns 0 fine, 1 a limit is near or passed, 2 cannot tell: the clone is not whole.
 */
export async function doctor(world: World, { json }: { json: boolean }): Promise<number> {
  const definitions = loadDefinitions(world.root);
  const repository = await openRepository(world.root, world.env);
  const [clone, folders, derived] = await Promise.all([cloneState(repository), measureFolders(repository, repository.head), derivedFiles(world.root)]);
  const sizes = await measureObjects(repository, repository.head);
  const measured = { clone, sizes, folders };
  const findings = judge(measured, definitions, world.now());
  const whole = !clone.shallow && clone.filter === null;
  const told = {
    commit: repository.head, whole, packed: isPacked(measured), bytes: gitBytes(clone), forecast: whole ? forecast(measured, world.now()) : null,
    limits: LIMITS, findings, ...measured, derived,
  };
  if (json) world.out(visibleJson(told));
  else world.out(visible(doctorText(definitions.instance.title, told)));
  return exitCode(findings, whole);
}

function exitCode(findings: DoctorFinding[], whole: boolean): number {
  if (findings.some(({ severity }) => severity !== 'look')) return 1;
  return whole ? 0 : 2;
}

async function derivedFiles(root: string): Promise<Derived[]> {
  const inside = await readdir(path.join(root, '.daybook')).catch(() => []);
  const folders = ['dist', ...inside.map((name) => `.daybook/${name}`)];
  const sizes = await Promise.all(folders.map(async (folder) => {
    const entry = await lstat(path.join(root, folder)).catch(() => null);
    const files = entry?.isDirectory() ? await filesOf(path.join(root, folder)) : entry ? [path.join(root, folder)] : [];
    const stats = await Promise.all(files.map(async (file) => (await lstat(file).catch(() => null))?.size ?? 0));
    return { folder, files: files.length, bytes: stats.reduce((sum, size) => sum + size, 0) };
  }));
  return sizes.filter(({ files }) => files > 0).sort((a, b) => b.bytes - a.bytes);
}
