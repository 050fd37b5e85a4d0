import { truncate } from '../../error.ts';
import { metricLine } from '../../present/metric-line.ts';
import { code, codeBlock } from '../markdown.ts';
import { checklist, fileBlock, proposalTitle } from '../proposal-text.ts';
import type { Answer, MadeAnswer } from './answer.ts';
import type { FormProblem } from './form.ts';

/** Recognises the one comment that answers a form, whatever it says by now. */
export const MARKER = '<!-- daybook: new report -->';

/** Of what is listed; the rest is counted. */
const MOST = 12;
const MOST_LINES = 20;
const LONGEST_LINE = 400;

/** How the names of the branches of all forms begin. */
export const ONBOARD_BRANCHES = 'onboard/issue-';

/** Branch of the report that an issue asks for, without `refs/heads/`. */
export function onboardBranch(issue: number): string {
  return `${ONBOARD_BRANCHES}${issue}`;
}

/** The issue that a branch is for; null: for none. */
export function issueOf(branch: string): number | null {
  const [, issue] = /^onboard\/issue-([1-9]\d{0,8})$/.exec(branch) ?? [];
  return issue === undefined ? null : Number(issue);
}

/**
 * What the pull request says. All that comes from the form is code: see markdown.ts.
 * @param isHeld the host starts no checks by itself
 */
export function pullText({ issue, by, made: { report, title, files } }: MadeAnswer, isHeld: boolean): { title: string; body: string } {
  return {
    title: proposalTitle([{ id: report, change: 'added' }], [], 0),
    body: `Closes #${issue}.

${code(title)}: the form of #${issue}, filled in by ${code(by)}, as files. The query has run once, in its sandbox; its numbers stand in #${issue}.

${fileBlock(Object.keys(files))}

${checklist(true, ...(isHeld ? ['Where the other checks wait, choose **Approve workflows to run**: the host does not start them by itself for a pull request that a workflow has opened.'] : []))}

When the issue is edited, this branch is made anew, until somebody else commits to it.
`,
  };
}

/** An answer that says to which state of the form it is. @param changed ISO 8601 UTC, whole seconds */
export function withForm(text: string, changed: string): string {
  return `${text}\n<!-- form of ${changed} -->\n`;
}

/** When the form was changed that a comment answers; null where it does not say. */
export function formOf(body: string): string | null {
  return /<!-- form of (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) -->\s*$/.exec(body)?.[1] ?? null;
}

/** The issue's answer where there is a report. @param rivals numbers of other pull requests that bring a file of the same name */
export function madeText({ made: { report, as_of: asOf, rows, metrics, warnings } }: MadeAnswer, pull: number, rivals: readonly number[] = []): string {
  const lines = [...metrics.map((metric) => metricLine(metric)), ...warnings.map((warning) => `warning: ${warning}`)];
  return `${MARKER}
**#${pull} proposes the report ${code(report)}**: ${rows} rows as of ${code(asOf)}.

${lines.length > 0 ? `${codeBlock(within(lines))}\n\n` : ''}${rivalsText(rivals)}To change it, edit this issue: the pull request follows. Once it is merged, the scheduled job runs the report and keeps its first snapshot.
`;
}

function rivalsText(rivals: readonly number[]): string {
  if (rivals.length === 0) return '';
  const who = rivals.map((number) => `#${number}`).join(', ');
  return `**${who} ${rivals.length === 1 ? 'proposes' : 'propose'} files of the same names too.** Only one of them can be merged: close the others, or choose another id here.\n\n`;
}

/** The issue's answer where something is wrong. */
export function problemsText({ problems }: Pick<Answer, 'problems'>): string {
  const rest = problems.length - MOST;
  return `${MARKER}
**No pull request yet.** ${problems.length === 1 ? 'One thing has' : `${problems.length} things have`} to be put right:

${problems.slice(0, MOST).map(problemText).join('\n\n')}
${rest > 0 ? `\nand ${rest} more.\n` : ''}
Edit this issue, and it is tried again. Nothing was written.
`;
}

function problemText({ field, line, message, remedy }: FormProblem): string {
  const where = field === null ? 'The form' : `“${field}”`;
  return `**${where}**${line === null ? '' : `, line ${line}`}\n\n${codeBlock(within([...message.split('\n'), `→ ${remedy}`]))}`;
}

/** The issue's answer where its pull request is no longer the job's to change. */
export function endedText(issue: number, pull: number | null, how: 'merged' | 'closed' | 'foreign'): string {
  const where = pull === null ? code(onboardBranch(issue)) : `the branch of #${pull}`;
  const why = {
    merged: `#${pull} was merged, so this issue changes nothing any more. Change the report by a pull request.`,
    closed: `#${pull} was closed without a merge, so it is not proposed again. Reopen it, or open a new issue with the form.`,
    foreign: `Somebody has committed to ${where}, so edits of this issue do not change it any more. Go on there.`,
  };
  return `${MARKER}\n${why[how]}\n`;
}

function within(lines: readonly string[]): string[] {
  const shown = lines.slice(0, MOST_LINES).map((line) => truncate(line, LONGEST_LINE));
  return lines.length > MOST_LINES ? [...shown, `and ${lines.length - MOST_LINES} more`] : shown;
}
