import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { audit } from '../audit.ts';
import { medians, sh, type StageBench } from './stage.ts';
import { dayOf, writePast } from './workload-history.ts';

const [REPORTS, DAYS, ROWS] = [200, 365, 20];

/** The audit of a year of daily reports, as a file; beside it, what Git alone says of the same year. */
export const benchAudit: StageBench = async ({ world, folder }) => {
  const root = path.join(folder, 'audit');
  await sh(folder, 'mkdir audit');
  await writePast(root, { reports: REPORTS, days: DAYS, rows: ROWS });
  await sh(root, 'git gc -q && git reset -q --hard');
  let bytes = 0;
  const quiet = { ...world, root, out: (text: string) => void (bytes += text.length), err: () => undefined, now: () => new Date(`${dayOf(DAYS - 1)}T07:00:00Z`) };
  const ours = async (): Promise<void> => {
    bytes = 0;
    const code = await audit(quiet, { from: dayOf(0), to: dayOf(DAYS - 1), format: 'csv', allRows: false });
    if (code !== 0) throw new Error(`audit ended with ${code}`);
  };
  const taken = await medians({ ours, log: async () => writeFile(path.join(folder, 'log'), await sh(root, 'git log --raw --no-renames')) });
  return {
    stage: 'audit', what: `a year of ${REPORTS} daily reports: ${REPORTS * DAYS} snapshots`,
    measures: [{ name: 'audit, as CSV', measure: taken.ours }, { name: 'floor: git log --raw', measure: taken.log }],
    figure: { name: 'audit', value: taken.ours.seconds, aim: 10, unit: ' s' },
    notes: [`${Math.round(bytes / 1e6)} MB of CSV.`],
  };
};
