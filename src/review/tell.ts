import type { Waiver } from '../analysis/gates.ts';
import { applyWaivers } from '../analysis/review-verdict.ts';
import type { Review } from '../analysis/review.ts';
import type { DaybookError } from '../error.ts';
import { checkOf, checkWithout } from './check-run.ts';
import { keepComment } from './comment.ts';
import type { CheckRun, Host, Pull } from './host.ts';
import { code } from './markdown.ts';
import { reviewMarkdown, type ReviewLinks } from './review-markdown.ts';
import { waiversByReview, type Waived } from './waive.ts';

export interface Told {
  /** What was done, in sentences. */
  done: string[];
  /** False where there was no document that could be told. */
  judged: boolean;
}

export interface Telling {
  /** The commit that the run was about, as the host says it. */
  head: string;
  author: string;
  links: ReviewLinks;
  /** Of daybook.yml on the default branch, as it is by now. */
  waivers: readonly Waiver[];
  /** ISO day, for waivers that end. */
  today: string;
}

/** A comment has room for a few beside the review. */
const NOTES = 5;

/**
 * Tells pull requests what a review found: one comment on each, and a check on their head commit. The document comes from a job
 * that the change could influence, so everything else is asked of the host: which pull requests these are, from where they parted,
 * what they change, who waived what.
 * @param document the review, or why there is none
 * @throws `host-failed`
 */
export async function tellReview(host: Host, document: Review | DaybookError, telling: Telling): Promise<Told> {
  const { head } = telling;
  const pulls = await host.pullsAt(head);
  if (pulls.length === 0) return { done: [`No open pull request has the commit ${head.slice(0, 10)} as its newest: it was closed, or has newer commits with a review of their own. Nothing was posted.`], judged: true };
  if (!isReview(document)) return without(host, pulls, telling, 'There is no review', `What the job left cannot be read: ${code([document.place.key, document.message].filter(Boolean).join(': '))}. The log of the job says more.`);
  if (document.head.commit !== head) return without(host, pulls, telling, 'There is no review of this commit', `What the job left is about ${named(document.head.commit)}.`);
  const bases = await Promise.all(pulls.map((pull) => host.mergeBase(pull)));
  const matching = pulls.filter((_, index) => document.base.commit !== null && bases[index] === document.base.commit);
  if (matching.length === 0) return without(host, pulls, telling, 'The review compares with another commit', `It compares with ${named(document.base.commit)}, and the change parted ${pulls.map(({ base }, index) => `from ${code(base)} at ${named(bases[index] ?? null)}`).join(', ')}.`);
  return withReview(host, matching, await deciding(host, pulls), document, telling);
}

function isReview(document: Review | DaybookError): document is Review {
  return !(document instanceof Error);
}

function named(commit: string | null): string {
  return commit === null ? 'no commit' : `commit ${code(commit)}`;
}

/**
 * The same commit may be proposed for several branches, by anybody. Its check is that of the default branch, where there is one: a
 * comparison with another branch must not pass it.
 */
async function deciding(host: Host, pulls: Pull[]): Promise<Pull[]> {
  if (new Set(pulls.map(({ base }) => base)).size === 1) return pulls;
  const main = await host.defaultBranch();
  const own = pulls.filter(({ base }) => base === main);
  return own.length > 0 ? own : pulls;
}

/** A waiver that fits no gate that fails helps nobody, and whoever wrote it thinks that it does. */
function unusedNotes({ gates, reports }: Review, waivers: readonly Waiver[]): string[] {
  const used = new Set([...gates, ...reports.flatMap((report) => report.gates)].map(({ waiver }) => waiver));
  // That of the code answers for the workflow that made the document, too.
  const unused = waivers.filter((waiver) => !used.has(waiver) && !(waiver.gate === 'code' && waiver.report === null));
  return unused.map(({ gate, report, by }) => `${code(`waive ${gate}${report === null ? '' : ` ${report}`}`)} by ${code(by)} fits nothing that fails${report === null ? ': a gate of a report is waived by its id too' : ''}.`);
}

async function withReview(host: Host, pulls: Pull[], decide: Pull[], document: Review, { head, author, links, waivers, today }: Telling): Promise<Told> {
  const waived = await waiversByReview(host, pulls, head);
  const review = applyWaivers(document, [...waived.waivers, ...waivers], today);
  const doubt = isSeen(waived) ? null : await doubtOf(host, pulls[0]!);
  const notes = [...waived.notes, ...unusedNotes(review, waived.waivers)].slice(0, NOTES).map((note) => `> ${note}`);
  const text = [...(doubt === null ? [] : [`**Not to be relied on.** ${doubt}`]), reviewMarkdown(review, { links }), ...notes].join('\n\n');
  const check: CheckRun = { ...checkOf(review, head, text, links.run ?? null), ...(doubt === null ? {} : { conclusion: 'action_required', title: 'The change could have written this review itself' }) };
  const isAll = decide.every((pull) => pulls.includes(pull));
  if (isAll) await host.check(check);
  const done = isAll ? [`The check of ${head.slice(0, 10)} says ${check.conclusion}.`] : [`The check of ${head.slice(0, 10)} is that of ${decide.map(({ url }) => url).join(', ')}, and stays.`];
  return { done: [...done, ...(await comment(host, pulls, { commit: head, text, author }))], judged: true };
}

const KEPT = { added: 'comment added', changed: 'comment changed', same: 'the comment says it already', newer: 'the comment is about a newer commit, and stays' } as const;

async function comment(host: Host, pulls: Pull[], sticky: Parameters<typeof keepComment>[2]): Promise<string[]> {
  const done: string[] = [];
  for (const pull of pulls) done.push(`${pull.url}: ${KEPT[await keepComment(host, pull, sticky)]}.`);
  return done;
}

/** Somebody with rights has looked at what the change does to code and workflows. */
function isSeen({ waivers }: Waived): boolean {
  return waivers.some(({ gate, report }) => gate === 'code' && report === null);
}

/** The job that wrote the document runs by the workflow as the change has it. */
async function doubtOf(host: Host, pull: Pull): Promise<string | null> {
  const files = await host.changedFiles(pull);
  const waive = `Read that first. Whoever may write can then approve with the line ${code('waive code: <what you have seen>')}, and run this job again.`;
  if (files === null) return `This change has more files than the host lists, perhaps also the workflow that made this review. ${waive}`;
  const own = files.filter((file) => file.toLowerCase().startsWith('.github/'));
  return own.length === 0 ? null : `This change touches ${own.slice(0, 5).map(code).join(', ')}${own.length > 5 ? ` and ${own.length - 5} more files there` : ''}, and the job that made this review runs by what lies there. ${waive}`;
}

async function without(host: Host, pulls: Pull[], { head, author, links }: Telling, title: string, why: string): Promise<Told> {
  const text = `**Incomplete: ${title.charAt(0).toLowerCase()}${title.slice(1)}.** ${why} Run the job again.`;
  await host.check(checkWithout(head, title, text, links.run ?? null));
  return { done: [`${title}: the check of ${head.slice(0, 10)} says action_required.`, ...(await comment(host, pulls, { commit: head, text, author }))], judged: false };
}
