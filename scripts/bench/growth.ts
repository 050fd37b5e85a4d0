import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openRepository } from '../../src/store/repository.ts';
import { cloneState, measureObjects } from '../../src/store/size.ts';
import { sizeText } from '../doctor/judge.ts';
import type { World } from '../world/world.ts';
import { measure, type Measure } from './meter.ts';
import { sh, type StageBench } from './stage.ts';
import { CHANGED, ENTERED, writePast } from './workload-history.ts';

const [DAYS, ROWS] = [365, 10_000];

/** What a year of daily runs of one large report adds to a repository, as `git gc` packs it. */
export const benchGrowth: StageBench = async ({ world, folder }) => {
  const growing = await packed(world, path.join(folder, 'growing'), false);
  const window = await packed(world, path.join(folder, 'window'), true);
  return {
    stage: 'growth', what: `${DAYS} daily runs of a report that begins with ${ROWS} rows: each day ${100 * CHANGED} % of the rows change, ${100 * ENTERED} % are new`,
    measures: [{ name: 'git gc', measure: growing.packing }],
    figure: { name: 'packed', value: growing.bytes / 1e6, aim: 5, unit: ' MB' },
    notes: [growing.words, `The same with a window that drops as many rows as come: ${sizeText(window.bytes)}. ${window.words}`],
  };
};

interface Packed {
  bytes: number;
  packing: Measure;
  words: string;
}

async function packed({ env }: World, root: string, window: boolean): Promise<Packed> {
  await mkdir(root);
  await writePast(root, { reports: 1, days: DAYS, rows: ROWS, window });
  const { measure: packing } = await measure(() => sh(root, 'git gc -q --prune=now'));
  const repository = await openRepository(root, env);
  const [{ packs }, { snapshots, ledger, trees }] = [await cloneState(repository), await measureObjects(repository, repository.head)];
  const words = `${sizeText(snapshots.raw)} of snapshots take ${sizeText(snapshots.disk)} (${Math.round(snapshots.raw / snapshots.disk)}×), the ledger ${sizeText(ledger.disk)}, folders and commits ${sizeText(trees.disk)}.`;
  return { bytes: packs.bytes, packing, words };
}
