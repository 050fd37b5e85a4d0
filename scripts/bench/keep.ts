import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { changeRecord } from '../../src/analysis/restatement/change-record.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { emptyState } from '../../src/snapshot/ledger-state.ts';
import { keep } from '../../src/store/keep.ts';
import { draftEntry, planOf } from '../../src/store/plan.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { KeepRequest } from '../../src/store/request.ts';
import { GIT, medians, sh, type StageBench } from './stage.ts';
import { attemptOf, PAST_REPORT, pastRequest } from './workload-history.ts';

const ROWS = 100;

/**
 * So many results kept in one commit, beside the same files written, added and committed by Git alone; and the next day's,
 * of which the entry says what they change.
 */
export const benchKeep: StageBench = async ({ world, folder, snapshots }) => {
  const definition = digestJson('definition');
  const [first, second] = [0, 1].map((day) => pastRequest(Array.from({ length: snapshots }, (_, index) => attemptOf(index, day, { rows: ROWS }, definition)), day)) as [KeepRequest, KeepRequest];
  const changeOf: KeepRequest['changeOf'] = (base, head) => changeRecord(base, head, PAST_REPORT);
  const { entry, versions } = draftEntry(emptyState(), first);
  const plan = planOf(entry, versions, first, []);
  const files = [...plan.files, plan.checkpoint];
  const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file.bytes), 0);

  let made = 0;
  const fresh = async (): Promise<string> => {
    const root = path.join(folder, `keep-${(made += 1)}`);
    await sh(folder, `mkdir keep-${made} && cd keep-${made} && git init -q -b main && printf 'title: Bench\\ninstance: past\\nteams: {}\\n' > daybook.yml && git add -A && ${GIT} commit -qm Instance`);
    return root;
  };
  const ours = [await fresh(), await fresh(), await fresh()];
  const bare = [await fresh(), await fresh(), await fresh()];
  let round = -1;
  const kept = async (root: string, request: KeepRequest): Promise<void> => {
    const landing = await keep(await openRepository(root, world.env), { ...request, changeOf }, { cacheFile: path.join(root, '.daybook/ledger.json') });
    if (landing.kept.length !== snapshots) throw new Error(`${landing.kept.length} of ${snapshots} were kept`);
  };
  const taken = await medians({
    first: () => kept(ours[(round += 1)]!, first),
    bare: async () => {
      const root = bare[round]!;
      for (const parent of new Set(files.map((file) => path.dirname(file.path)))) await mkdir(path.join(root, parent), { recursive: true });
      for (const file of files) await writeFile(path.join(root, file.path), file.bytes);
      await sh(root, `git add -A && ${GIT} commit -qm Snapshots`);
    },
    next: () => kept(ours[round]!, second),
  });
  return {
    stage: 'keep', what: `${snapshots} snapshots, ${Math.round(bytes / 1e6)} MB, in one commit, checked out`,
    measures: [{ name: 'keep', measure: taken.first }, { name: 'keep, the next day: with what changed in each', measure: taken.next }, { name: 'floor: write, git add, git commit', measure: taken.bare }],
    figure: { name: 'keep ÷ floor', value: taken.first.seconds / taken.bare.seconds, aim: 2, unit: '×' },
    notes: [`The next day: ${(taken.next.seconds / taken.bare.seconds).toFixed(1)}×, of which the floor does nothing.`],
  };
};
