import { visible } from '../../src/error.ts';
import { joinLines, placeText, type ImportFinding } from '../../src/review/onboard/import-plan.ts';
import type { World } from '../world/world.ts';

/**
 * `imported`: runs, nothing is open. `decide`: runs, and a person has to look. `present`: a report of this id stood here
 * before, and is left as it is. `missing` and `failed`: not written.
 */
export interface Imported {
  id: string;
  state: 'imported' | 'decide' | 'present' | 'missing' | 'failed';
  title: string;
  from: { file: string; line: number };
  files: string[];
  findings: ImportFinding[];
  rows: number | null;
  asOf: string | null;
}

interface ImportSummary {
  kind: string;
  /** The command without --dry-run, for a shell. */
  command: string;
  imported: Imported[];
  /** What was taken without being said. */
  notes: readonly string[];
  /** What belongs to no report. */
  findings: ImportFinding[];
  dryRun: boolean;
  /** Whether the person goes on by themselves. */
  next: boolean;
}

const WORDS: { [state in Imported['state']]: string } = { imported: 'imported', decide: 'imported, to decide', present: 'there already', missing: 'NOT IMPORTED', failed: 'FAILED' };

/** What was made of each report, and what is open. */
export function importDocument({ kind, imported, notes, findings, dryRun }: ImportSummary): object {
  const count = (state: Imported['state']): number => imported.filter((one) => one.state === state).length;
  const counts = { imported: count('imported'), decide: count('decide'), present: count('present'), missing: count('missing'), failed: count('failed') };
  return { format: 'import/v1', kind, written: !dryRun, counts, reports: imported.map(({ asOf, ...one }) => ({ ...one, as_of: asOf })), findings, notes };
}

/** The same in words, with the place of each in the folder that was imported. */
export function importText(world: World, { command, imported, notes, findings, dryRun, next: goesOn }: ImportSummary): void {
  const count = (state: Imported['state']): number => imported.filter((one) => one.state === state).length;
  const say = (line: string): void => world.out(visible(line.replaceAll('\n', '␊')));
  const told = new Set<string>();
  const sayFindings = (all: readonly ImportFinding[]): void => {
    for (const one of joinLines(all)) {
      say(`  ${one.kind === 'note' ? 'note: ' : ''}${placeText(one)}: ${one.what}`);
      // What to do is the same for many; once is enough.
      if (one.remedy !== '' && !told.has(one.remedy)) say(`    → ${one.remedy}`);
      told.add(one.remedy);
    }
  };
  const [here, others] = [imported.filter(({ state }) => state === 'present'), imported.filter(({ state }) => state !== 'present')];
  for (const { id, state, from, rows, asOf, findings: own } of others) {
    say(`${id}: ${WORDS[state]}${rows === null ? ` (${from.file}:${from.line})` : `, ${rows} rows at ${asOf}`}`);
    sayFindings(own);
  }
  for (const note of notes) say(`note: ${note}`);
  if (findings.length > 0) say('Of no report:');
  sayFindings(findings);
  const made = count('imported') + count('decide');
  if (here.length > 0) say(`There already, and left as ${here.length === 1 ? 'it is' : 'they are'}: ${listed(here.map(({ id }) => id))}`);
  for (const { id, findings: own } of here) for (const { what } of own) say(`  ${id}: ${what}`);
  const files = new Set(imported.flatMap((one) => one.files));
  const open = [`${count('decide')} with something to decide`, ...(here.length > 0 ? [`${here.length} there already`] : []), `${count('missing')} lack something`, `${count('failed')} failed`];
  say(`${made} of ${imported.length} reports ${dryRun ? 'can be imported' : 'imported'}; ${open.join(', ')}. ${files.size} files ${dryRun ? 'would be ' : ''}written.`);
  const next = goesOn ? nextSteps({ command, imported, dryRun }) : [];
  if (next.length > 0) world.out(visible(['Next:', ...next].join('\n  ')));
}

/** What helps next, a line each: to look at what was made, to keep it, to bring the rest. */
function nextSteps({ command, imported, dryRun }: Pick<ImportSummary, 'command' | 'imported' | 'dryRun'>): string[] {
  const of = (...states: Imported['state'][]): Imported[] => imported.filter(({ state }) => states.includes(state));
  const made = of('imported', 'decide');
  const rest = of('missing', 'failed');
  if (dryRun) return made.length > 0 ? [`${command}   writes ${made.length === 1 ? 'it' : 'them'}`] : [];
  const decide = of('decide').map(({ id }) => `reports/${id}.yml`);
  return [
    ...(made.length > 0 || rest.length === 0 ? ['npx daybook start   look at them'] : []),
    ...(decide.length > 0 ? [`what is to decide stands at the top of ${listed(decide)}`] : []),
    ...(made.length > 0 ? [`npx daybook propose ${made.length <= MOST_PROPOSED ? `${made.map(({ id }) => id).join(' ')}   commit ${made.length === 1 ? 'it' : 'them'} on a branch of ${made.length === 1 ? 'its' : 'their'} own, push it, and open the pull request` : '  commit all that is new here on a branch of its own, push it, and open the pull request'}`] : []),
    ...(rest.length > 0 ? [`${command}   again, when what is said above is done: what is there already stays as it is`] : []),
  ];
}

const MOST_NAMED = 20;
/** A command line with more ids is no help. */
const MOST_PROPOSED = 2;

function listed(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''}`;
}

/** One word of a command line as a person types it. */
export function shellWord(word: string): string {
  return /^[\w./@:+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
