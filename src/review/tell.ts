import type { Waiver } from '../analysis/gate/gates.ts';
import type { Review } from '../analysis/review/review.ts';
import { applyWaivers, withoutWaivers } from '../analysis/review/verdict.ts';
import { truncate, type DaybookError } from '../error.ts';
import { checkName, checkOf, checkWithout } from './check-run.ts';
import { keepComment } from './comment.ts';
import { fitOf, commitWords, WORKFLOWS } from './fit.ts';
import type { CheckRun, Host, Pull } from './host.ts';
import { code } from './markdown.ts';
import { reviewMarkdown, type ReviewLinks } from './review-markdown.ts';
import { waiveHelp } from './waive-help.ts';
import { waiversByReview, type Waived } from './waive.ts';

export interface TellResult {
  /** What was done, in sentences. */
  done: string[];
  /** False where there was no document that could be told. */
  judged: boolean;
}

interface Telling {
  /** The commit that the run was about, as the host says it. */
  head: string;
  author: string;
  links: ReviewLinks;
  /** That left the document, by its number; null where that is not known. */
  run: number | null;
  /** The pull request that `links.review` is of, and of no other with the same commit; null: of each. */
  previewOf: number | null;
  /** Of the instance in its repository, as `reports/` or ``. */
  folder: string;
  /** ISO day, for waivers that end. */
  today: string;
}

/** Pull requests of one commit that lead to the same branch: one review speaks for all of them, by one check. */
interface PullGroup {
  pulls: Pull[];
  check: string;
}

/** A comment has room for a few beside the review, and hosts refuse all of one that is too long. */
const NOTES = 5;
const LONGEST_NAME = 120;

/** The host keeps why a job ended beside its log, and tells nobody else. */
const UNENDED = 'The job left nothing to tell: it failed before it could judge, reached its time limit, lost its machine, or was cancelled; its page says which. Nothing was judged. Run it again: *Re-run all jobs* on that page. If time was short, run `npx daybook review` in a clone, and propose fewer reports at once; limits are `review.minutes` in `daybook.yml` and `timeout-minutes` in `review.yml`.';

/**
 * Tells pull requests what a review found: one comment on each, and a check on their head commit. The document comes from a job
 * that the change could influence, so everything else is asked of the host: which pull requests these are, from where they parted,
 * what their branch judges by, what they change, who waived what.
 * @param document the review, or why it cannot be read; null where the job left none
 * @throws `host-failed`
 */
export async function tellReview(host: Host, document: Review | DaybookError | null, telling: Telling): Promise<TellResult> {
  const { head, run } = telling;
  const pulls = await host.pullsAt(head);
  if (pulls.length === 0) return { done: [`No open pull request has the commit ${head.slice(0, 10)} as its newest: it was closed, or has newer commits with a review of their own. Nothing was posted.`], judged: true };
  if (document === null && run !== null && (await host.isReplaced(run, head))) return { done: [`A newer run of the review is about the commit ${head.slice(0, 10)}, and tells of it. Nothing was posted.`], judged: true };
  const main = await host.defaultBranch();
  const proposals = [...Map.groupBy(pulls, (pull) => pull.base)].map(([base, own]): PullGroup => ({ pulls: own, check: checkName(base, main) }));
  const told = await tellAll(host, proposals, document, telling);
  return { done: told.flatMap(({ done }) => done), judged: told.some(({ judged }) => judged) };
}

async function tellAll(host: Host, proposals: readonly PullGroup[], document: Review | DaybookError | null, telling: Telling): Promise<TellResult[]> {
  if (document === null) return inTurn(proposals, (one) => without(host, one, telling, 'The review did not end', UNENDED));
  if (document instanceof Error) return inTurn(proposals, (one) => without(host, one, telling, 'There is no review', `What the job left cannot be read: ${code([document.place.key, document.message].filter(Boolean).join(': '))}. The log of the job says more. Run the job again.`));
  if (document.head.commit !== telling.head) return inTurn(proposals, (one) => without(host, one, telling, 'There is no review of this commit', `What the job left is about ${commitWords(document.head.commit)}. Run the job again.`));
  const fits = await inTurn(proposals, async (proposal) => ({ proposal, fit: await fitOf(host, proposal.pulls[0]!, document, telling.folder) }));
  // A branch that was cut from another one has that one’s older commits too.
  const isOfAnother = fits.some(({ fit }) => fit.kind === 'own');
  return inTurn(fits, async ({ proposal, fit }) => {
    if (fit.kind === 'own') return withReview(host, proposal, withoutWaivers(document), fit.waivers, telling);
    if (fit.kind === 'outdated' && !isOfAnother) return without(host, proposal, telling, 'The branch has gone on since the review', `${fit.why} Run the workflow Review again: it takes the branch as it is then.`);
    return withoutOwn(host, proposal, telling, `There is a review of this commit for another branch. ${fit.why} Run the workflow Review of this pull request.`);
  });
}

async function inTurn<T, U>(all: readonly T[], act: (one: T) => Promise<U>): Promise<U[]> {
  const done: U[] = [];
  for (const one of all) done.push(await act(one));
  return done;
}

/** A waiver that fits no gate that fails helps nobody, and whoever wrote it thinks that it does. */
function unusedNotes({ gates, reports }: Review, waivers: readonly Waiver[]): string[] {
  const used = new Set([...gates, ...reports.flatMap((report) => report.gates)].map(({ waiver }) => waiver));
  // That of the code answers for the workflow that made the document, too.
  const unused = waivers.filter((waiver) => !used.has(waiver) && !(waiver.gate === 'code' && waiver.report === null));
  return unused.map(({ gate, report, by }) => `${code(truncate(`waive ${gate}${report === null ? '' : ` ${report}`}`, LONGEST_NAME))} by ${code(by)} fits nothing that fails${report === null ? ': a gate of a report is waived by its id too' : ''}.`);
}

async function withReview(host: Host, { pulls, check: name }: PullGroup, document: Review, waivers: readonly Waiver[], { head, author, links, previewOf, folder, today }: Telling): Promise<TellResult> {
  const waived = await waiversByReview(host, pulls, head);
  const review = applyWaivers(document, [...waived.waivers, ...waivers], today);
  const doubt = isSeen(waived) ? null : await doubtOf(host, pulls[0]!, document);
  const notes = [...waived.notes, ...unusedNotes(review, waived.waivers)].slice(0, NOTES).map((note) => `> ${note}`);
  const help = doubt === null ? waiveHelp(review) : null;
  const textOf = (told: readonly Pull[]): string => {
    const isIts = previewOf === null || told.some(({ number }) => number === previewOf);
    return [...(doubt === null ? [] : [`**Not to be relied on.** ${doubt}`]), reviewMarkdown(review, { links: isIts ? links : { ...links, review: undefined } }), ...(help === null ? [] : [help]), ...notes].join('\n\n');
  };
  const check: CheckRun = { ...checkOf(review, { name, commit: head }, textOf(pulls), links.run ?? null, folder), ...(doubt === null ? {} : { conclusion: 'action_required', title: 'The change could have written this review itself' }) };
  await host.check(check);
  return { done: [`The check ${name} of ${head.slice(0, 10)} says ${check.conclusion}.`, ...(await inTurn(pulls, (pull) => comment(host, [pull], { commit: head, text: textOf([pull]), author }))).flat().map(doneWords)], judged: true };
}

type CommentOutcome = Awaited<ReturnType<typeof keepComment>>;

const KEPT: { [kept in CommentOutcome]: string } = { added: 'comment added', changed: 'comment changed', same: 'the comment says it already', newer: 'the comment is about a newer commit, and stays', told: 'the comment is about this commit, and stays' };

function doneWords({ url, kept }: { url: string; kept: CommentOutcome }): string {
  return `${url}: ${KEPT[kept]}.`;
}

function comment(host: Host, pulls: readonly Pull[], sticky: Parameters<typeof keepComment>[2]): Promise<{ url: string; kept: CommentOutcome }[]> {
  return inTurn(pulls, async (pull) => ({ url: pull.url, kept: await keepComment(host, pull, sticky) }));
}

/** Somebody with rights has looked at what the change does to code and workflows. */
function isSeen({ waivers }: Waived): boolean {
  return waivers.some(({ gate, report }) => gate === 'code' && report === null);
}

/**
 * The job that wrote the document runs by the workflow as the change has it. The host lists what a pull request touches by now, and whoever
 * pushes can have it list another commit for a moment: the reviewed commit’s own folder is what counts.
 */
async function doubtOf(host: Host, pull: Pull, { base, head }: Review): Promise<string | null> {
  const [files, before, after] = [await host.changedFiles(pull), await workflowsAt(host, base.commit), await workflowsAt(host, head.commit)];
  const waive = `Read that first. Whoever may write can then approve with the line ${code('waive code: <what you have seen>')}, and run this job again.`;
  if (files === null) return `This change has more files than the host lists, perhaps also the workflow that made this review. ${waive}`;
  const listed = files.filter((file) => file.toLowerCase().startsWith(`${WORKFLOWS}/`));
  const own = listed.length === 0 && before !== after ? [WORKFLOWS] : listed;
  return own.length === 0 ? null : `This change touches ${own.slice(0, NOTES).map((file) => code(truncate(file, LONGEST_NAME))).join(', ')}${own.length > NOTES ? ` and ${own.length - NOTES} more files there` : ''}, and the job that made this review runs by what lies there. ${waive}`;
}

/** What a commit has as the folder of workflows, however its name is written. */
async function workflowsAt(host: Host, commit: string | null): Promise<string> {
  const entries = commit === null ? new Map<string, string>() : await host.entriesAt(commit, '');
  return JSON.stringify([...entries].filter(([name]) => name.toLowerCase() === WORKFLOWS));
}

async function without(host: Host, { pulls, check }: PullGroup, { head, author, links }: Telling, title: string, why: string): Promise<TellResult> {
  const text = incomplete(title, why);
  await host.check(checkWithout({ name: check, commit: head }, title, text, links.run ?? null));
  return { done: [`${title}: the check ${check} of ${head.slice(0, 10)} says action_required.`, ...(await comment(host, pulls, { commit: head, text, author })).map(doneWords)], judged: false };
}

/** The review of another change takes nothing from what was told of this one: its own may have come first, or is still to come. */
async function withoutOwn(host: Host, { pulls, check }: PullGroup, { head, author, links }: Telling, why: string): Promise<TellResult> {
  const title = 'There is no review of this pull request yet';
  const text = incomplete(title, why);
  const kept = await comment(host, pulls, { commit: head, text, author, yields: true });
  const isTold = kept.some((one) => one.kept === 'told');
  if (!isTold) await host.check(checkWithout({ name: check, commit: head }, title, text, links.run ?? null));
  return { done: [`${title}: the check ${check} of ${head.slice(0, 10)} ${isTold ? 'stays as it is' : 'says action_required'}.`, ...kept.map(doneWords)], judged: false };
}

function incomplete(title: string, why: string): string {
  return `**Incomplete: ${title.charAt(0).toLowerCase()}${title.slice(1)}.** ${why}`;
}
