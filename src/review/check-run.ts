import type { GateResult } from '../analysis/gate/gates.ts';
import type { Cause } from '../analysis/review/impact.ts';
import type { ReportReview, Review, ReviewProblem } from '../analysis/review/review.ts';
import { truncate, visible } from '../error.ts';
import { foundWords, subjectWords, verdictLine } from '../present/review/words.ts';
import type { Verdict } from '../report/verdict.ts';
import type { Annotation, CheckRun } from './host.ts';

/** Its name is what the rules of the default branch require. */
export const CHECK = 'Daybook review';

/**
 * Hosts let success and neutral pass where a check is required: a person may look at what differs, and merge. What was not run
 * is `action_required`, which blocks as a failure does, and says that somebody has to do something for it to be told.
 */
const CONCLUSIONS: { [verdict in Verdict]: CheckRun['conclusion'] } = { pass: 'success', review: 'neutral', incomplete: 'action_required', block: 'failure' };

/** Four requests; whoever has more to correct than that begins with these. */
const MOST = 200;
const LONGEST_TITLE = 250;
const LONGEST_MESSAGE = 10_000;
/** Bytes, though the host's documentation says characters: it refuses the check for one more than 65,535. */
const LARGEST_SUMMARY = 65_000;

/**
 * A check is of a commit, which may be proposed for several branches, one after the other too: what passes for one of them must not
 * pass for the default branch.
 */
export function checkName(base: string, main: string): string {
  return base === main ? CHECK : `${CHECK} (${base})`;
}

/**
 * @param url where the details are; null: nowhere
 * @param folder of the instance in its repository, as `reports/` or ``
 */
export function checkOf(review: Review, { name, commit }: Pick<CheckRun, 'name' | 'commit'>, summary: string, url: string | null, folder: string): CheckRun {
  return { name, commit, conclusion: CONCLUSIONS[review.verdict], title: truncate(verdictLine(review), LONGEST_TITLE), summary: summaryOf(summary), annotations: annotationsOf(review).map((one) => ({ ...one, path: folder + one.path })), url };
}

/** A verdict that there is no review for. */
export function checkWithout({ name, commit }: Pick<CheckRun, 'name' | 'commit'>, title: string, summary: string, url: string | null): CheckRun {
  return { name, commit, conclusion: 'action_required', title: truncate(title, LONGEST_TITLE), summary: summaryOf(summary), annotations: [], url };
}

function summaryOf(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LARGEST_SUMMARY) return text;
  let end = LARGEST_SUMMARY;
  // Within a character of several bytes.
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}…`;
}

/** Where in the files of the head something is wrong: errors, then what blocks without being one. */
function annotationsOf({ problems, reports }: Review): Annotation[] {
  const all = [...problems, ...reports.flatMap(({ head }) => (head?.error ? [head.error] : []))].map(annotationOf);
  const blocking = reports.flatMap((report) => report.gates.filter((gate) => isToldHere(gate, report)).map((gate) => gateAnnotation(gate, report)));
  const found = new Map([...all, ...blocking].flatMap((one) => (one ? [[JSON.stringify(one), one] as const] : [])));
  return [...found.values()].slice(0, MOST);
}

/** Most have a line; the others stand at the first. */
function annotationOf({ file, line, column, code, message, remedy }: ReviewProblem): Annotation | null {
  // The host refuses all of a check for one place that cannot be.
  if (file === null || (line !== null && line < 1) || !isInRepository(file)) return null;
  const place = line === null ? { line: 1, column: null } : { line, column: column === 0 ? null : column };
  return { path: file, ...place, ...textOf(code, message, remedy) };
}

function isInRepository(file: string): boolean {
  return !file.startsWith('/') && !file.startsWith('.daybook/') && !file.split('/').includes('..');
}

/** An error says more than that the report does not run; of a report that is gone no file is left to tell it at. */
function isToldHere({ gate, level, status, waiver }: GateResult, { change, head }: ReportReview): boolean {
  return level === 'block' && status === 'fail' && waiver === null && change !== 'removed' && !(gate === 'status' && head?.error);
}

const YAML_FIRST: readonly GateResult['gate'][] = ['key', 'checks', 'metrics', 'backtest'];

/** At the first line that the change touches, since there people look, of the file that the gate is likely to be about. */
function gateAnnotation(gate: GateResult, report: ReportReview): Annotation | null {
  const kinds: Cause['kind'][] = YAML_FIRST.includes(gate.gate) ? ['definition', 'words', 'query', 'macro'] : ['query', 'macro', 'definition'];
  const cause = kinds.map((kind) => report.causes.find((one) => one.kind === kind)).find((one) => one !== undefined) ?? report.causes[0];
  if (cause === undefined || !isInRepository(cause.file)) return null;
  const subject = subjectWords(gate, report);
  return { path: cause.file, line: cause.line ?? 1, column: null, ...textOf(subject === null ? gate.gate : `${gate.gate}: ${subject}`, `${report.report}: ${foundWords(gate, report)}`, `Expected: ${gate.expected}`) };
}

function textOf(title: string, message: string, remedy: string): Pick<Annotation, 'title' | 'message'> {
  return { title: truncate(visible(title), LONGEST_TITLE), message: truncate(visible(`${message}\n→ ${remedy}`), LONGEST_MESSAGE) };
}
