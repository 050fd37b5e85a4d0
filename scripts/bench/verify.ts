import path from 'node:path';
import { verifyRepository } from '../verify.ts';
import { sh, medians, type StageBench } from './stage.ts';
import { dayOf, writePast } from './workload-history.ts';

const REPORTS = 100;
const ROWS = 100;

/** `verify` of a whole repository, beside `sha256sum` of the same bytes and `git fsck`. */
export const benchVerify: StageBench = async ({ world, folder, snapshots }) => {
  const root = path.join(folder, 'verify');
  const days = Math.ceil(snapshots / REPORTS);
  await sh(folder, 'mkdir verify');
  await writePast(root, { reports: REPORTS, days, rows: ROWS });
  await sh(root, 'git gc -q && git reset -q --hard');
  const bytes = Number(await sh(root, "find snapshots -type f -printf '%s\\n' | awk '{ n += $1 } END { print n }'"));
  const quiet = { ...world, root, out: () => undefined, err: () => undefined, now: () => new Date(`${dayOf(days - 1)}T07:00:00Z`) };
  const ours = async (): Promise<void> => {
    const code = await verifyRepository(quiet, '.', { since: [], key: [], unanchored: true, json: true });
    if (code !== 0) throw new Error(`verify ended with ${code}`);
  };
  const taken = await medians({
    ours, sums: () => sh(root, 'find snapshots -type f -print0 | xargs -0 sha256sum > /dev/null'), fsck: () => sh(root, 'git fsck --full --strict --no-dangling --no-progress'),
  });
  return {
    stage: 'verify', what: `${REPORTS * days} snapshots in ${days} entries, ${Math.round(bytes / 1e6)} MB`,
    measures: [{ name: 'verify', measure: taken.ours }, { name: 'floor: sha256sum of the same bytes', measure: taken.sums }, { name: 'floor: git fsck --full --strict', measure: taken.fsck }],
    figure: { name: 'verify ÷ (sha256sum + fsck)', value: taken.ours.seconds / (taken.sums.seconds + taken.fsck.seconds), aim: 2, unit: '×' },
    notes: [],
  };
};
