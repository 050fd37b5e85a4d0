import { visible } from '../src/error.ts';
import { joinLines, placeText, type Finding } from '../src/review/onboard/import-plan.ts';
import type { World } from './world.ts';

/** `imported`: runs, nothing is open. `decide`: runs, and a person has to look. `missing` and `failed`: not written. */
export interface Imported {
  id: string;
  state: 'imported' | 'decide' | 'missing' | 'failed';
  title: string;
  from: { file: string; line: number };
  files: string[];
  findings: Finding[];
  rows: number | null;
  asOf: string | null;
}

interface Said {
  kind: string;
  imported: Imported[];
  /** What belongs to no report. */
  findings: Finding[];
  dryRun: boolean;
  json: boolean;
}

const WORDS: { [state in Imported['state']]: string } = { imported: 'imported', decide: 'imported, to decide', missing: 'NOT IMPORTED', failed: 'FAILED' };

/** What was made of each report, and what is open, with its place in the folder that was imported. */
export function importText(world: World, { kind, imported, findings, dryRun, json }: Said): void {
  const count = (state: Imported['state']): number => imported.filter((one) => one.state === state).length;
  if (json) {
    const counts = { imported: count('imported'), decide: count('decide'), missing: count('missing'), failed: count('failed') };
    world.out(JSON.stringify({ format: 'import/v1', kind, written: !dryRun, counts, reports: imported.map(({ asOf, ...one }) => ({ ...one, as_of: asOf })), findings }, null, 2));
    return;
  }
  const say = (line: string): void => world.out(visible(line.replaceAll('\n', '␊')));
  const told = new Set<string>();
  const sayFindings = (all: readonly Finding[]): void => {
    for (const one of joinLines(all)) {
      say(`  ${one.kind === 'note' ? 'note: ' : ''}${placeText(one)}: ${one.what}`);
      // What to do is the same for many; once is enough.
      if (one.remedy !== '' && !told.has(one.remedy)) say(`    → ${one.remedy}`);
      told.add(one.remedy);
    }
  };
  for (const { id, state, from, rows, asOf, findings: own } of imported) {
    say(`${id}: ${WORDS[state]}${rows === null ? ` (${from.file}:${from.line})` : `, ${rows} rows at ${asOf}`}`);
    sayFindings(own);
  }
  if (findings.length > 0) say('Of no report:');
  sayFindings(findings);
  const files = new Set(imported.flatMap((one) => one.files));
  say(`${count('imported') + count('decide')} of ${imported.length} reports ${dryRun ? 'can be imported' : 'imported'}, ${count('decide')} with something to decide; ${count('missing')} lack something, ${count('failed')} failed. ${files.size} files ${dryRun ? 'would be ' : ''}written.`);
  if (!dryRun && files.size > 0) world.out(`Next:
  npx daybook start              look at them; what is to decide stands at the top of each reports/*.yml
  git add reports queries        then commit, and open a pull request`);
}
