import type { Differences } from '../../analysis/comparison/comparison.ts';
import type { GateResult } from '../../analysis/gate/gates.ts';
import type { ReportReview, ReviewSide } from '../../analysis/review/review.ts';
import { count, plural } from '../../snapshot/count.ts';
import { IN_COMMON } from '../comparison/comparison.ts';
import { patternLines } from '../comparison/pattern-words.ts';
import { addedSections } from './added.ts';
import { changedSections } from './changed.ts';
import type { ReviewSection } from './section.ts';
import { CAUSE, failing, gateWords, notRun, problemWords, sameFiles } from './words.ts';
import type { Words } from '../words.ts';

/** What is told of one report, in the order in which it is read; blocks and sections without content are left out. */
export function reportSections(report: ReportReview): ReviewSection[] {
  const sections = [gateSection(report), { title: IN_COMMON, blocks: [{ kind: 'lines' as const, lines: patternLines(report.comparison) }] }, causeSection(report), ...(report.change === 'added' ? addedSections(report) : changedSections(report)), runSection(report)];
  return sections.map((section) => ({ ...section, blocks: section.blocks.filter((block) => (block.kind === 'table' ? block.rows : block.lines).length > 0) })).filter(({ blocks }) => blocks.length > 0);
}

function gateSection(report: ReportReview): ReviewSection {
  const lines = gateLines(report.gates, report);
  const passed = report.gates.filter(({ status }) => status === 'pass').map(({ gate }) => gate);
  const rest: Words[] = passed.length === 0 ? [] : [[lines.length === 0 ? `all pass: ${passed.join(', ')}` : `${passed.join(', ')}: pass`]];
  return { title: 'Gates', blocks: [{ kind: 'lines', lines: [...lines, ...rest] }] };
}

/** Gates that fail, then those that were not run, together where it is for the same reason. */
export function gateLines(gates: readonly GateResult[], report: ReportReview | null): Words[] {
  const reasons = Map.groupBy(notRun(gates), ({ actual }) => actual);
  return [
    ...failing(gates).map((gate) => gateLine(gate, report)),
    ...[...reasons].map(([reason, same]): Words => [`Not run: ${same.map(({ gate }) => gate).join(', ')}: `, { data: reason }]),
  ];
}

/** `Blocks: columns: region: gone (VARCHAR); expected: …`. Who waived a gate and why come first: a long line is cut behind them. */
function gateLine(gate: GateResult, report: ReportReview | null): Words {
  const { level, waiver } = gate;
  const until = waiver?.until ? [' until ', { data: waiver.until }] : [];
  const weight: Words = waiver === null ? [level === 'block' ? 'Blocks: ' : 'Warns: '] : ['Waived by ', { data: waiver.by }, ...until, ': ', { data: waiver.reason }, '; '];
  return [...weight, ...gateWords(gate, report), '; expected: ', { data: gate.expected }];
}

function causeSection({ causes }: ReportReview): ReviewSection {
  const lines = causes.map(({ kind, file, detail }): Words => [`${CAUSE[kind]}: `, { data: file }, ...(detail === '' ? [] : [': ', { data: detail }])]);
  return { title: 'Why it is affected', blocks: [{ kind: 'lines', lines }] };
}

/** What the numbers stand on: whether both sides were treated alike. */
function runSection({ change, base, head, inputs, comparison }: ReportReview): ReviewSection {
  const sides = [base, head].filter((side) => side !== null);
  const isUnrun = sides.every(({ status, error }) => status === 'unreadable' && error === null);
  if (isUnrun || change === 'removed') return { title: 'How it was run', blocks: [] };
  const bytes = inputs.files.reduce((sum, file) => sum + file.bytes, 0);
  const drift = inputs.drift;
  const asOfs = [...new Set(sides.map(({ asOf }) => asOf ?? 'none'))];
  const lines: Words[] = [
    [`time: ${sides.map((side) => (side.milliseconds === null ? 'not run' : seconds(side.milliseconds))).join(' → ')}`],
    [`a second run gave ${secondRuns(sides)}`],
    ['as-of: ', { data: asOfs.join(' → ') }],
    [`inputs: ${plural(inputs.files.length, 'file')}, ${count(bytes)} bytes${base !== null && head !== null ? `, ${readWords({ base, head, inputs })}` : ''}`],
    ...(comparison === null || comparison.kind === 'incomparable' ? [] : [[toleranceWords(comparison.tolerance)] as Words]),
    ...(drift === null ? [] : [[`the change touches data that the report reads (${plural(drift.files.length, 'file')}); both sides were run on the new data`] as Words]),
    ...sides.flatMap(({ warnings }) => warnings.slice(0, 5).map((warning): Words => ['warning: ', { data: warning }])),
    ...sides.flatMap(({ error }) => (error === null ? [] : [['error: ', ...problemWords(error)] as Words])),
  ];
  return { title: 'How it was run', blocks: [{ kind: 'lines', lines }] };
}

/** A side that read nothing has no other files. */
function readWords({ base, head, inputs }: { base: ReviewSide; head: ReviewSide; inputs: ReportReview['inputs'] }): string {
  const alone = ([['base', head, 'before'], ['head', base, 'after']] as const).find(([side, other]) => other.result === null && inputs.files.length > 0 && inputs.files.every(({ readBy }) => readBy === side));
  if (alone) return `read ${alone[2]} alone`;
  return sameFiles(inputs) ? 'the same on both sides' : 'not the same on both sides';
}

function toleranceWords({ relative, absolute }: Differences['tolerance']): string {
  return `doubles are the same within ${relative} of the larger one, or ${absolute}; dates, texts, whole numbers and decimals exactly`;
}

function secondRuns(sides: readonly ReviewSide[]): string {
  const words = sides.map(({ deterministic }) => (deterministic === null ? 'nothing to compare' : deterministic ? 'the same result' : 'another result'));
  const [before, after = before] = words;
  return before === after ? `${before!}${words.length > 1 ? ', before and after' : ''}` : `${before!} before, ${after!} after`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}
