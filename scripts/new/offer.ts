import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Definitions } from '../../src/report/load.ts';
import { isReadBy, patternsOf } from '../../src/report/source-files.ts';
import { untrackedFiles } from '../../src/store/changed-files.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';
import { formatOf, isDataPlace } from './candidates.ts';

/** A list that a person looks through. */
const MOST = 9;

/**
 * What a new report is likely made of: SQL files that Git does not know yet and that no report runs, the newest first; where there is none, data files
 * below the source roots that neither Git nor a source knows.
 * @returns paths from the root, at most nine; none where the root is in no repository
 */
export async function offeredFiles({ root, env }: Pick<World, 'root' | 'env'>, { instance, reports, sources }: Pick<Definitions, 'instance' | 'reports' | 'sources'>): Promise<string[]> {
  const files = await untracked(root, env);
  const used = new Set([...reports.values()].map(({ query }) => query.file));
  const sql = files.filter((file) => /\.sql$/i.test(file) && !/^queries\/(macros|sources)\//.test(file) && !used.has(file));
  const patterns = patternsOf(sources.values());
  const likely = sql.length > 0 ? sql : files.filter((file) => formatOf(file) !== null && isDataPlace(file, instance.source_roots) && !isReadBy(patterns, file));
  const dated = await Promise.all(likely.map(async (file) => ({ file, time: await stat(path.join(root, file)).then(({ mtimeMs }) => mtimeMs, () => 0) })));
  return dated.sort((a, b) => b.time - a.time || (a.file < b.file ? -1 : 1)).slice(0, MOST).map(({ file }) => file);
}

async function untracked(root: string, env: World['env']): Promise<string[]> {
  try {
    const repository = await openRepository(root, env);
    const { prefix } = repository;
    return (await untrackedFiles(repository)).filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
  } catch {
    // No repository: then nothing is offered, and the file is asked for.
    return [];
  }
}
