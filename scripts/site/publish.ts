import type { Definitions } from '../../src/report/load.ts';
import { bringWhatPagesNeed } from '../instance/sparse.ts';
import type { World } from '../world/world.ts';
import { writeFacts } from './facts.ts';
import { buildSite, type Built } from './site.ts';

/** Snapshots and definitions → facts → pages. What is unchanged is not built again, unless `full`. */
export async function publish(world: World, definitions: Definitions, full = false): Promise<Built> {
  const facts = await world.stage('facts', async () => {
    await bringWhatPagesNeed(world);
    return writeFacts(world, definitions, full);
  });
  const built = await world.stage('build', () => buildSite(world, facts, full));
  world.err(built.pages === 0 && !built.shared ? 'The site is up to date.' : `Site built in dist/: ${built.pages} of ${Object.keys(facts.digests).length} report pages.`);
  return built;
}
