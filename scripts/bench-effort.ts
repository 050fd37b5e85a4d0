import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Review } from '../src/analysis/review.ts';
import { CASES, cloneSteps, countLines, formSteps, newInstance, newPlain, PLAIN, plainSteps, REVIEW, type Step } from './bench-effort-ways.ts';
import { sh, type StageResult, type Surroundings } from './bench-stage.ts';
import { packageRoot } from './files.ts';
import { measure } from './meter.ts';

interface Effort {
  steps: number;
  files: number;
  lines: number;
  /** Characters that a person types, in files, commands and fields. */
  characters: number;
  /** Options and fields that a person fills in. */
  values: number;
  /** What the characters take a person, in seconds. */
  typing: number;
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

const WAYS = { hand: 'by hand', clone: 'Daybook, in a clone', form: 'Daybook, by the form' } as const;

type Way = keyof typeof WAYS;

const OURS = ['clone', 'form'] as const;
const AIM = 90;
const GOALS = ['steps', 'files', 'lines', 'characters'] as const;

type Goal = (typeof GOALS)[number];

/** Five real reports, each made by hand in a plain repository and with Daybook, in a clone and by the issue form: what a person does, and the machine's seconds. */
export async function benchEffort({ world, folder }: Surroundings): Promise<StageResult> {
  const macros = await sh(packageRoot, 'cat queries/macros/*.sql');
  const at = (way: Way): string => path.join(folder, way);
  await Promise.all([newPlain(at('hand'), macros), ...OURS.map((way) => newInstance(at(way)))]);
  const rows: ({ id: string; proposed: number; verdicts: string[] } & { [way in Way]: Effort })[] = [];
  for (const [index, one] of CASES.entries()) {
    world.err(`  ${one.id}`);
    const query = await readFile(path.join(packageRoot, 'queries', `${one.id}.sql`), 'utf8');
    const hand = await doSteps(await plainSteps(at('hand'), one, query));
    const clone = await doSteps(cloneSteps(at('clone'), one, query));
    const form = await doSteps(formSteps(at('form'), one, query, index + 1));
    const yaml = await readFile(path.join(at('clone'), 'work/reports', `${one.id}.yml`), 'utf8');
    const verdicts = await Promise.all(OURS.map(async (way) => (JSON.parse(await readFile(path.join(at(way), 'review/review.json'), 'utf8')) as Review).verdict));
    rows.push({ id: one.id, hand, clone, form, proposed: countLines(yaml), verdicts });
  }
  for (const way of OURS) {
    const kept = await sh(path.join(at(way), 'job'), 'git fetch -q && git ls-tree -r --name-only origin/main snapshots | grep -c "/v1/.*json$"');
    if (Number(kept) !== CASES.length) throw new Error(`${WAYS[way]}: ${kept} snapshots are kept, not ${CASES.length}`);
  }
  const total = (way: Way, what: keyof Effort): number => rows.reduce((sum, row) => sum + row[way][what], 0);
  const less = (way: Way, what: keyof Effort): number => 100 * (1 - total(way, what) / total('hand', what));
  const counted = (way: Way, what: Goal): string => `${total(way, what).toFixed(0)}${way === 'hand' ? '' : ` (${less(way, what).toFixed(0)} % less)`}`;
  const shared = await sh(PLAIN, 'cat shared/package.json shared/.github/workflows/publish.yml shared/lib/* shared/site/* | wc -l');
  const ways = Object.keys(WAYS) as Way[];
  return {
    stage: 'effort', what: 'five reports of the demo, from a query to merged and published: by hand in a plain repository, and with Daybook in a clone and by the issue form',
    measures: ways.map((way) => ({ name: `${WAYS[way]}, commands of all five`, measure: { seconds: total(way, 'seconds'), cpuSeconds: total(way, 'cpuSeconds'), peakMb: null } })),
    figure: { name: 'what is missed by most: steps, in a clone, less', value: less('clone', 'steps'), aim: AIM, unit: ' %' },
    notes: [
      '', `| all five | ${GOALS.join(' | ')} | values filled in | typing, s | commands, s | of them the review | typing and commands, s |`, `|${' --- |'.repeat(GOALS.length + 6)}`,
      ...ways.map((way) => `| ${WAYS[way]} | ${GOALS.map((what) => counted(way, what)).join(' | ')} | ${way === 'hand' ? '–' : total(way, 'values')} | ${total(way, 'typing').toFixed(0)} (${less(way, 'typing').toFixed(0)} % less) | ${total(way, 'seconds').toFixed(0)} | ${way === 'hand' ? '–' : total(way, 'reviewing').toFixed(0)} | ${(total(way, 'typing') + total(way, 'seconds')).toFixed(0)} |`),
      '', `| report | ${[...GOALS, 'commands, s'].map((what) => `${what} by hand | clone | form`).join(' | ')} |`, `|${' --- |'.repeat(1 + 3 * (GOALS.length + 1))}`,
      ...rows.map((row) => `| \`${row.id}\` | ${[...GOALS, 'seconds' as const].map((what) => ways.map((way) => (what === 'seconds' ? row[way][what].toFixed(1) : row[way][what])).join(' | ')).join(' | ')} |`),
      '', `Goals of ${AIM} % less: ${OURS.map((way) => `${WAYS[way]}: ${GOALS.map((what) => `${what} ${less(way, what) >= AIM ? 'reached' : 'missed'}`).join(', ')}`).join('; ')}.`,
      `Each value beside the query counted as a line: ${OURS.map((way) => `${WAYS[way]}, ${total(way, 'values') - rows.length} in place of ${total('hand', 'lines')}`).join('; ')}.`,
      `Verdicts of the reviews: ${[...new Set(rows.flatMap(({ verdicts }) => verdicts))].join(', ')}.`,
      `Lines that \`daybook new\` proposes, to be read: ${rows.map(({ proposed }) => proposed).join(', ')}. Set-up of the plain repository, once: ${shared.trim()} lines.`,
    ],
  };
}

async function doSteps(steps: readonly Step[]): Promise<Effort> {
  const effort: Effort = { steps: 0, files: 0, lines: 0, characters: 0, values: 0, typing: 0, seconds: 0, reviewing: 0, cpuSeconds: 0 };
  for (const { what, writes, says = '', values = 0, run, byItself } of steps) {
    if (!byItself) effort.steps += 1;
    if (writes !== undefined) effort.files += 1;
    effort.lines += writes === undefined ? 0 : countLines(writes);
    effort.characters += [...(writes ?? says)].length;
    effort.values += values;
    if (!run) continue;
    const { measure: taken } = await measure(run);
    if (writes !== undefined) continue;
    effort.seconds += taken.seconds;
    effort.cpuSeconds += taken.cpuSeconds ?? 0;
    if (what === REVIEW) effort.reviewing += taken.seconds;
  }
  return { ...effort, typing: effort.characters * KEYSTROKE };
}
