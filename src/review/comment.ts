import type { Comment, Host, Pull } from './host.ts';
import { code } from './markdown.ts';

/** What a program writes on GitHub with the token that each job is given. */
export const JOB_AUTHOR = 'github-actions[bot]';

/** The first line; readers do not see it. */
const MARKER = /^<!-- daybook-review ([0-9a-f]{40,64}) -->/;
const markerOf = (commit: string): string => `<!-- daybook-review ${commit} -->`;

interface Sticky {
  /** The commit that the text is about. */
  commit: string;
  /** Markdown. */
  text: string;
  /** By whom Daybook comments there: what others post with the same marker is theirs. */
  author: string;
  /** What was told of the same commit stays. */
  yields?: boolean;
}

/**
 * Keeps the one comment of a pull request: changes it in place, or adds it. Where two jobs added one at the same time, the oldest
 * stays. A comment about the newest commit is not replaced by one about an older commit; a text about a commit that is no longer
 * the newest says so.
 * @throws `host-failed`
 */
export async function keepComment(host: Host, pull: Pull, sticky: Sticky): Promise<'added' | 'changed' | 'same' | 'newer' | 'told'> {
  const { number } = pull;
  const [before] = await ownOn(host, number, sticky.author);
  // Read after the comments: whatever is about that commit now is newer than this text.
  const { head } = await host.pull(number);
  const body = bodyOf(sticky, head);
  if (before && isSame(before.body, body)) return 'same';
  if (before && isBetter(before, sticky, head)) return sticky.commit === head ? 'told' : 'newer';
  const kept = before && (await host.editComment(before.id, body)) ? 'changed' : 'added';
  if (kept === 'added') await host.comment(number, body);
  await settle(host, number, sticky);
  return kept;
}

/** The state as it is after writing, when other jobs have written too and the branch may have moved. */
async function settle(host: Host, number: number, sticky: Sticky): Promise<void> {
  const [oldest, ...others] = await ownOn(host, number, sticky.author);
  const { head } = await host.pull(number);
  const all = oldest ? [oldest, ...others] : [];
  const newest = all.find(({ body }) => commitOf(body) === head && !isSame(body, bodyOf(sticky, head)));
  const body = newest && isBetter(newest, sticky, head) ? newest.body : bodyOf(sticky, head);
  if (oldest && !isSame(oldest.body, body)) await host.editComment(oldest.id, body);
  for (const { id } of others) await host.deleteComment(id);
}

async function ownOn(host: Host, number: number, author: string): Promise<Comment[]> {
  return (await host.comments(number)).filter((comment) => comment.author === author && commitOf(comment.body) !== null);
}

/** It is about the newest commit, and the new text is about another one, or yields. */
function isBetter({ body }: Comment, { commit, yields = false }: Sticky, head: string): boolean {
  return (yields || commit !== head) && commitOf(body) === head;
}

function commitOf(body: string): string | null {
  return MARKER.exec(body)?.[1] ?? null;
}

function bodyOf({ commit, text }: Sticky, head: string): string {
  const moved = commit === head ? '' : `**Outdated.** This is about commit ${code(commit)}; the newest of this pull request is ${code(head)}.\n\n`;
  return `${markerOf(commit)}\n${moved}${text.trim()}`;
}

/** Hosts keep line ends as browsers send them. */
function isSame(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n').trim() === b.trim();
}
