import { DaybookError } from '../../src/error.ts';
import { queryFileOf } from '../../src/report/load.ts';
import { readYaml } from '../../src/report/yaml.ts';
import { broughtBy } from '../../src/store/brought.ts';
import { readBlobs } from '../../src/store/history.ts';
import { openRepository, type Repository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';

type Place = Pick<World, 'root' | 'env'>;

/** What Git tells of a snapshot; null where this folder is no whole clone. */
interface Origin {
  /** The commit that brought its manifest. */
  commit: string | null;
  /** Where its query is in the tree of the commit that ran; null where that commit is not here. */
  query: string | null;
}

/**
 * @param manifest its path, relative to the root
 * @param time when it was kept, ISO 8601
 * @param code the commit whose reports and queries ran
 */
export async function originOf(world: Place, report: string, manifest: string, time: string, code: string): Promise<Origin> {
  try {
    const repository = await openRepository(world.root, world.env);
    const brought = await broughtBy(repository, repository.head, manifest, time);
    return { commit: brought?.commit ?? null, query: await queryAt(repository, report, code) };
  } catch (cause) {
    if (cause instanceof DaybookError) return { commit: null, query: null };
    throw cause;
  }
}

/** By what the definition of that commit says. */
async function queryAt(repository: Repository, report: string, code: string): Promise<string | null> {
  const definitions = await readBlobs(repository, code, ['yml', 'yaml'].map((ending) => `reports/${report}.${ending}`));
  const found = definitions.find((text) => text !== null);
  if (!found) return null;
  const { query } = (readYaml(found.toString(), `reports/${report}.yml`).value ?? {}) as { query?: unknown };
  const file = queryFileOf(report, typeof query === 'string' ? query : undefined);
  return (await readBlobs(repository, code, [file]))[0] ? `${repository.prefix}${file}` : null;
}
