import { pushNewFiles } from '../../store/proposed-branch.ts';
import type { Repository } from '../../store/repository.ts';
import { JOB_AUTHOR } from '../comment.ts';
import type { Comment, Host, Pull } from '../host.ts';
import type { Answer, MadeAnswer } from './answer.ts';
import { endedText, formOf, madeText, MARKER, ONBOARD_BRANCHES, onboardBranch, problemsText, pullText, withForm } from './issue-text.ts';

/** Where an issue is answered: a branch at a commit, and its host. */
export interface AnswerPlace {
  repository: Repository;
  /** Without `refs/heads/`: where the pull request leads to. */
  branch: string;
  commit: string;
  host: Pick<Host, 'isOpenIssue' | 'openPulls' | 'changedFiles' | 'pullFrom' | 'open' | 'comments' | 'comment' | 'editComment' | 'dispatch'>;
  /** By whom the commit is. */
  identity: { name: string; email: string };
  /** The account that the job speaks by: its own token’s, or an app’s. */
  self: string;
}

/** The workflow that reviews a pull request which was opened by a workflow. */
const REVIEW = 'review.yml';

/**
 * Opens the pull request that an issue asks for, or brings it up to date, or says in the issue what is wrong; doing it again changes nothing.
 * @returns what was done, for the log
 * @throws `host-failed`, `git-remote`
 */
export async function answerIssue(place: AnswerPlace, answer: Answer): Promise<string> {
  const { made } = answer;
  // Whoever closes it while the query runs wants no pull request any more.
  if (!(await place.host.isOpenIssue(answer.issue))) return `#${answer.issue}: the issue is closed by now, or not in this repository any more: nothing was done`;
  const told = await toldIn(place, answer.issue);
  // A job that was started again, or was slow, has the form as it was.
  if (told && (formOf(told.body) ?? '') > answer.changed) return later(answer);
  if (made === null) {
    await say(place, answer, problemsText(answer));
    return `#${answer.issue}: what is wrong is told (${answer.problems.length})`;
  }
  return propose(place, { ...answer, made });
}

async function propose(place: AnswerPlace, answer: MadeAnswer): Promise<string> {
  const { repository, branch: base, commit, host, identity, self } = place;
  const { issue, made: { report, files }, changed } = answer;
  const branch = onboardBranch(issue);
  const before = await host.pullFrom(branch, base);
  if (before && before.state !== 'open') return end(place, answer, before.number, before.state);
  const message = `Add report ${report}\n\nBy the form of issue #${issue}.\n`;
  const pushed = await pushNewFiles(repository, commit, { branch, files: new Map(Object.entries(files)), message, time: new Date(changed) }, identity);
  if (pushed.kind === 'taken') {
    const problems = pushed.paths.map((path) => ({ field: 'Id', line: null, message: `the file ${path} exists, and is not written over`, remedy: 'Choose another id or title.' }));
    await say(place, answer, problemsText({ problems }));
    return `#${issue}: what exists already is told (${pushed.paths.join(', ')})`;
  }
  if (pushed.kind === 'later') return later(answer);
  if (pushed.kind === 'foreign') return end(place, answer, before?.number ?? null, 'foreign');
  const isHeld = self === JOB_AUTHOR;
  const pull = before ?? await host.open({ branch, base, ...pullText(answer, isHeld) });
  await say(place, answer, madeText(answer, pull.number, await rivalsOf(place, pull, Object.keys(files))));
  // A pull request that a workflow opens by its own token starts no other by itself; one by an app does.
  // Each workflow can be left out.
  const isReviewed = !isHeld || (await host.dispatch(REVIEW, base, { head: pushed.commit, pull: String(pull.number) }));
  return `#${issue}: ${pull.url} proposes ${report}${isReviewed ? '' : `; there is no ${REVIEW} to start`}`;
}

/** Numbers of other forms’ open pull requests that bring a file of the same name: asked once one’s own is open, the later of two at the same time sees the other. */
async function rivalsOf({ host, repository, branch }: AnswerPlace, pull: Pull, files: readonly string[]): Promise<number[]> {
  const paths = new Set(files.map((file) => repository.prefix + file));
  const rivals: number[] = [];
  for (const other of await host.openPulls(branch, ONBOARD_BRANCHES)) {
    if (other.number !== pull.number && (await host.changedFiles(other))?.some((file) => paths.has(file))) rivals.push(other.number);
  }
  return rivals;
}

async function end(place: AnswerPlace, answer: Answer, pull: number | null, how: Exclude<Pull['state'], 'open'> | 'foreign'): Promise<string> {
  const { issue } = answer;
  await say(place, answer, endedText(issue, pull, how));
  return `#${issue}: ${pull === null ? 'its branch' : `pull request ${pull}`} is ${how === 'foreign' ? 'somebody else’s by now' : how}`;
}

function later({ issue }: Answer): string {
  return `#${issue}: a later state of the form is answered already: nothing was done`;
}

/** One comment, whose text follows. */
async function say(place: AnswerPlace, { issue, changed }: Answer, text: string): Promise<void> {
  const [body, own] = [withForm(text, changed), await toldIn(place, issue)];
  if (own === undefined) await place.host.comment(issue, body);
  else if (own.body !== body) await place.host.editComment(own.id, body);
}

/** The comment that answers an issue: others may copy its marker, so the author counts too. */
async function toldIn({ host, self }: AnswerPlace, issue: number): Promise<Comment | undefined> {
  return (await host.comments(issue)).find((comment) => comment.author === self && comment.body.startsWith(MARKER));
}
