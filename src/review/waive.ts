import type { Waiver } from '../analysis/gate/gates.ts';
import { truncate } from '../error.ts';
import type { Host, Pull } from './host.ts';
import { code } from './markdown.ts';
import { issueOf } from './onboard/issue-text.ts';
import { saysWaive, waiversIn } from './waive-lines.ts';

/** Of a line that is no waiver, as it is told. */
const LONGEST_LINE = 120;

export interface Waived {
  waivers: Waiver[];
  /** Lines that say “waive” and count for nothing, each with the reason, in Markdown. */
  notes: string[];
}

/**
 * Waivers in approving reviews of the head commit: lines `waive <gate> <report>: <reason>`, or `waive <gate>: <reason>` for the
 * change as a whole, by people who may write and have no part in the change. Of each person, the newest approval counts.
 * @param pulls all that propose this commit to a branch
 * @throws `host-failed`
 */
export async function waiversByReview(host: Host, pulls: readonly Pull[], head: string): Promise<Waived> {
  const found: Waived = { waivers: [], notes: [] };
  const reviews = (await Promise.all(pulls.map((pull) => host.approvingReviews(pull)))).flat().filter(({ body }) => saysWaive(body));
  const people = reviews.length === 0 ? [] : await Promise.all(pulls.map((pull) => peopleOf(host, pull)));
  for (const { by, commit, body } of reviews) {
    const why = commit !== head ? 'it is about another commit' : !by.person ? 'a program waives nothing' : people.includes(null) ? UNLISTED : people.some((own) => own!.some((login) => login.toLowerCase() === by.login.toLowerCase())) ? 'nobody waives gates of a change that they opened, asked for, wrote or pushed' : null;
    if (why !== null || !(await host.mayWrite(by.login))) {
      found.notes.push(`The waivers in the approval by ${code(by.login)} do not count: ${why ?? 'only people who may write to the repository waive gates'}.`);
      continue;
    }
    // Anybody may write a review that takes long to read as Markdown: those of others are not read so far.
    const { lines, unread } = waiversIn(body);
    found.waivers.push(...lines.map(({ gate, report, reason }): Waiver => ({ gate, report, head, by: by.login, reason, until: null })));
    found.notes.push(...unread.map((line) => `${code(truncate(line, LONGEST_LINE))} by ${code(by.login)} is no waiver. Write ${code('waive <gate> <report>: <reason>')}.`));
  }
  return found;
}

const UNLISTED = 'the host does not list all commits of this change, so that nobody knows whose they are: waive in daybook.yml of the base branch';

/** Whose change it is; null where the host does not tell. One that a form has asked for was opened by a program: it is that of whoever filled the form in. */
async function peopleOf(host: Host, pull: Pull): Promise<string[] | null> {
  const issue = pull.isOwn ? issueOf(pull.branch) : null;
  const [committers, asked] = await Promise.all([host.committers(pull), issue === null ? null : host.issueAuthor(issue)]);
  return committers && [...committers, ...(asked === null ? [] : [asked]), ...(pull.author ? [pull.author.login] : [])];
}
