import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Review } from '../../src/analysis/review/review.ts';
import { packageRoot } from '../world/files.ts';
import { CASES, cloneSteps, countLines, formSteps, newInstance, newPlain, PLAIN, plainSteps, REVIEW, type EffortStep } from './effort-ways.ts';
import { measure } from './meter.ts';
import { sh, type StageResult, type Surroundings } from './stage.ts';

interface Effort {
  steps: number;
  /** Of them, looks and decisions. */
  judged: number;
  /** Of them, those that fall away with an app. */
  spared: number;
  files: number;
  lines: number;
  /** Characters that a person types, in files, commands and fields. */
  characters: number;
  /** Options, answers and fields that a person fills in. */
  values: number;
  /** Of the commands, on this machine. */
  seconds: number;
  /** Of them, those of the review. */
  reviewing: number;
  cpuSeconds: number;
}

/**
 * Seconds a keystroke of somebody who types 40 words a minute, in the keystroke-level model (Card, Moran and Newell, 1980,
 * “The keystroke-level model for user performance time with interactive systems”, Communications of the ACM 23:7). A key is
 * counted a character; thinking, pointing and reading are not counted.
 */
const KEYSTROKE = 0.28;

const WAYS = {
  hand: 'by hand', clone: 'Daybook, in a clone', form: 'Daybook, by the form',
  handTogether: 'by hand, one pull request for all', together: 'Daybook, one import for all',
} as const;

type Way = keyof typeof WAYS;

/** What each way is held against. */
const BY_HAND: { [way in Way]: 'hand' | 'handTogether' } = { hand: 'hand', clone: 'hand', form: 'hand', handTogether: 'handTogether', together: 'handTogether' };
const OURS = ['clone', 'form', 'together'] as const;
const AIM = 90;

/** What is held against the aim, each a number of a way. */
const GOALS: { [name: string]: (effort: Effort) => number } = {
  steps: ({ steps }) => steps,
  'without looks and merges': ({ steps, judged }) => steps - judged,
  'and with an app': ({ steps, judged, spared }) => steps - judged - spared,
  files: ({ files }) => files,
  lines: ({ lines }) => lines,
  characters: ({ characters }) => characters,
  'typing, s': ({ characters }) => characters * KEYSTROKE,
  'typing and commands, s': ({ characters, seconds }) => characters * KEYSTROKE + seconds,
};

/** Five real reports, each made by hand in a plain repository and with Daybook, one by one and together: what a person does, and the machine's seconds. */
export async function benchEffort({ world, folder }: Surroundings): Promise<StageResult> {
  const macros = await sh(packageRoot, 'cat queries/macros/*.sql');
  const at = (way: Way): string => path.join(folder, way);
  await Promise.all([...(['hand', 'handTogether'] as const).map((way) => newPlain(at(way), macros)), ...OURS.map((way) => newInstance(at(way)))]);
  const taken: { [way in Way]: Effort[] } = { hand: [], clone: [], form: [], handTogether: [], together: [] };
  const verdicts = new Set<string>();
  const take = async (way: Way, steps: EffortStep[]): Promise<void> => {
    world.err(`  ${WAYS[way]}`);
    taken[way].push(await doSteps(steps));
    if (way !== BY_HAND[way]) verdicts.add((JSON.parse(await readFile(path.join(at(way), 'review/review.json'), 'utf8')) as Review).verdict);
  };
  for (const [index, one] of CASES.entries()) {
    world.err(`  ${one.id}`);
    await take('hand', await plainSteps(at('hand'), [one]));
    await take('clone', cloneSteps(at('clone'), [one], world));
    await take('form', formSteps(at('form'), one, index + 1));
  }
  await take('handTogether', await plainSteps(at('handTogether'), CASES));
  await take('together', cloneSteps(at('together'), CASES, world));
  for (const way of OURS) {
    const kept = await sh(path.join(at(way), 'job'), 'git fetch -q && git ls-tree -r --name-only origin/main snapshots | grep -c "/v1/.*json$"');
    if (Number(kept) !== CASES.length) throw new Error(`${WAYS[way]}: ${kept} snapshots are kept, not ${CASES.length}`);
  }
  const proposed = await Promise.all(CASES.map(async ({ id }) => countLines(await readFile(path.join(at('clone'), 'work/reports', `${id}.yml`), 'utf8'))));
  const shared = await sh(PLAIN, 'cat shared/package.json shared/.github/workflows/publish.yml shared/lib/* shared/site/* | wc -l');
  const total = (way: Way, of: (effort: Effort) => number): number => taken[way].reduce((sum, effort) => sum + of(effort), 0);
  const less = (way: Way, of: (effort: Effort) => number): number => 100 * (1 - total(way, of) / total(BY_HAND[way], of));
  const ways = Object.keys(WAYS) as Way[];
  return {
    stage: 'effort', what: 'five reports of the demo, from a query to merged and published: by hand in a plain repository, and with Daybook in a clone, by the issue form, and all by one import',
    measures: ways.map((way) => ({ name: `${WAYS[way]}, commands`, measure: { seconds: total(way, ({ seconds }) => seconds), cpuSeconds: total(way, ({ cpuSeconds }) => cpuSeconds), peakMb: null } })),
    figure: { name: 'what is missed by most: steps, in a clone, less', value: less('clone', ({ steps }) => steps), aim: AIM, unit: ' %' },
    notes: [
      '', `| all five | ${Object.keys(GOALS).join(' | ')} | values | commands, s | of them the review |`, `|${' --- |'.repeat(Object.keys(GOALS).length + 4)}`,
      ...ways.map((way) => `| ${WAYS[way]} | ${Object.values(GOALS).map((of) => `${total(way, of).toFixed(0)}${way === BY_HAND[way] ? '' : ` (${less(way, of).toFixed(1)} % less)`}`).join(' | ')} | ${total(way, ({ values }) => values)} | ${total(way, ({ seconds }) => seconds).toFixed(0)} | ${total(way, ({ reviewing }) => reviewing).toFixed(0)} |`),
      '', `Goals of ${AIM} % less:`, ...OURS.map((way) => `- ${WAYS[way]}: ${Object.entries(GOALS).map(([name, of]) => `${name} ${less(way, of) >= AIM ? 'reached' : 'missed'}`).join(', ')}`),
      '', `| report | ${(['hand', 'clone', 'form'] as const).map((way) => `commands ${WAYS[way]}, s`).join(' | ')} | lines by hand | lines proposed, to be read |`, `|${' --- |'.repeat(6)}`,
      ...CASES.map(({ id }, index) => `| \`${id}\` | ${(['hand', 'clone', 'form'] as const).map((way) => taken[way][index]!.seconds.toFixed(1)).join(' | ')} | ${taken.hand[index]!.lines} | ${proposed[index]} |`),
      '', `Verdicts of the reviews: ${[...verdicts].join(', ')}. Set-up of the plain repository, once: ${shared.trim()} lines.`,
    ],
  };
}

async function doSteps(steps: readonly EffortStep[]): Promise<Effort> {
  const effort: Effort = { steps: 0, judged: 0, spared: 0, files: 0, lines: 0, characters: 0, values: 0, seconds: 0, reviewing: 0, cpuSeconds: 0 };
  for (const step of steps) {
    const { what, writes, run, byItself, judges, spared } = step;
    if (run) {
      const { measure: one } = await measure(run);
      // The writing of a file stands in for a person who types it.
      if (writes === undefined) {
        effort.seconds += one.seconds;
        effort.cpuSeconds += one.cpuSeconds ?? 0;
        if (what === REVIEW) effort.reviewing += one.seconds;
      }
    }
    effort.steps += byItself ? 0 : 1;
    effort.judged += judges ? 1 : 0;
    effort.spared += spared ? 1 : 0;
    effort.files += writes === undefined ? 0 : 1;
    effort.lines += writes === undefined ? 0 : countLines(writes);
    // What is said to a command with questions is known when it has ended.
    effort.characters += [...(writes ?? step.says ?? '')].length;
    effort.values += step.values ?? 0;
  }
  return effort;
}
