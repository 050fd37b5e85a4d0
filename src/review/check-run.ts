import type { Verdict } from '../analysis/gates.ts';
import type { Review, ReviewProblem } from '../analysis/review.ts';
import { visible } from '../error.ts';
import { verdictLine } from '../present/review-words.ts';
import type { Annotation, CheckRun } from './host.ts';

/** Its name is what the rules of the default branch require. */
export const CHECK = 'Daybook review';

/**
 * Hosts let success and neutral pass where a check is required: a person may look at what differs, and merge. What was not run
 * is `action_required`, which blocks as a failure does, and says that somebody has to do something for it to be told.
 */
export const CONCLUSIONS: { [verdict in Verdict]: CheckRun['conclusion'] } = { pass: 'success', review: 'neutral', incomplete: 'action_required', block: 'failure' };

/** Four requests; whoever has more to correct than that begins with these. */
const MOST = 200;
const LONGEST_TITLE = 250;
const LONGEST_MESSAGE = 10_000;
const LONGEST_SUMMARY = 65_000;

/**
 * A check is of a commit, which may be proposed for several branches, one after the other too: what passes for one of them must not
 * pass for the default branch.
 */
export function checkName(base: string, main: string): string {
  return base === main ? CHECK : `${CHECK} (${base})`;
}

/** @param url where the details are; null: nowhere */
export function checkOf(review: Review, { name, commit }: Pick<CheckRun, 'name' | 'commit'>, summary: string, url: string | null): CheckRun {
  return { name, commit, conclusion: CONCLUSIONS[review.verdict], title: cut(verdictLine(review), LONGEST_TITLE), summary: cut(summary, LONGEST_SUMMARY), annotations: annotationsOf(review), url };
}

/** A verdict that there is no review for. */
export function checkWithout({ name, commit }: Pick<CheckRun, 'name' | 'commit'>, title: string, summary: string, url: string | null): CheckRun {
  return { name, commit, conclusion: 'action_required', title: cut(title, LONGEST_TITLE), summary: cut(summary, LONGEST_SUMMARY), annotations: [], url };
}

/** Where in the YAML and the SQL of the head something is wrong. */
function annotationsOf({ problems, reports }: Review): Annotation[] {
  const all = [...problems, ...reports.flatMap(({ head }) => (head?.error ? [head.error] : []))];
  const found = new Map(all.flatMap((problem) => {
    const annotation = annotationOf(problem);
    return annotation ? [[JSON.stringify(annotation), annotation] as const] : [];
  }));
  return [...found.values()].slice(0, MOST);
}

function annotationOf({ file, line, column, code, message, remedy }: ReviewProblem): Annotation | null {
  // The host refuses all of a check for one place that cannot be.
  if (file === null || line === null || line < 1 || file.startsWith('/') || file.split('/').includes('..')) return null;
  return { path: file, line, column: column === 0 ? null : column, title: visible(code).slice(0, LONGEST_TITLE), message: cut(visible(`${message}\n→ ${remedy}`), LONGEST_MESSAGE) };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
