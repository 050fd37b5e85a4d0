import type { Waiver } from '../analysis/gates.ts';
import { reviewSchema, type GateName } from '../report/schema.ts';
import { visible } from '../error.ts';
import type { Host, Pull } from './host.ts';
import { code } from './markdown.ts';

const GATES: ReadonlySet<string> = new Set(reviewSchema.shape.gates.unwrap().keyof().options);
const LINE = /^waive ([a-z-]+)(?: ([a-z0-9-]+(?:\/[a-z0-9-]+)*))?: (\S.*)$/;
const LONGEST = 500;

export interface Waived {
  waivers: Waiver[];
  /** Lines that say “waive” and count for nothing, each with the reason, in Markdown. */
  notes: string[];
}

/**
 * Waivers in approving reviews of the head commit: lines `waive <gate> <report>: <reason>`, or `waive <gate>: <reason>` for the
 * change as a whole, by people who may write and did not open the pull request. Of each person, the newest approval counts.
 * @param pulls all that propose this commit
 * @throws `host-failed`
 */
export async function waiversByReview(host: Host, pulls: readonly Pull[], head: string): Promise<Waived> {
  const found: Waived = { waivers: [], notes: [] };
  const authors = new Set(pulls.map(({ author }) => author?.login));
  const reviews = await Promise.all(pulls.map((pull) => host.approvingReviews(pull)));
  for (const { by, commit, body } of reviews.flat()) {
    const { lines, unread } = waiversIn(body);
    if (lines.length + unread.length === 0) continue;
    const why = commit !== head ? 'it is about another commit' : !by.person ? 'a program waives nothing' : authors.has(by.login) ? 'nobody waives gates of a change of their own' : null;
    if (why !== null || !(await host.mayWrite(by.login))) {
      found.notes.push(`The waivers in the approval by ${code(by.login)} do not count: ${why ?? 'only people who may write to the repository waive gates'}.`);
      continue;
    }
    found.waivers.push(...lines.map(({ gate, report, reason }): Waiver => ({ gate, report, head, by: by.login, reason, until: null })));
    found.notes.push(...unread.map((line) => `${code(line.slice(0, LONGEST))} by ${code(by.login)} is no waiver. Write ${code('waive <gate> <report>: <reason>')}.`));
  }
  return found;
}

/** Lines of a review that begin with “waive”; of what it quotes or shows as code, none. */
export function waiversIn(body: string): { lines: { gate: GateName; report: string | null; reason: string }[]; unread: string[] } {
  const lines: { gate: GateName; report: string | null; reason: string }[] = [];
  const unread: string[] = [];
  let fence: string | null = null;
  for (const line of body.split(/\r?\n/)) {
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined && (fence === null || (mark.startsWith(fence) && line.trim() === mark))) fence = fence === null ? mark : null;
    if (fence !== null || mark !== undefined || !/^waive\b/i.test(line)) continue;
    const [, gate = '', report = null, reason = ''] = LINE.exec(line.trimEnd()) ?? [];
    if (GATES.has(gate)) lines.push({ gate: gate as GateName, report, reason: visible(reason).slice(0, LONGEST) });
    else unread.push(line);
  }
  return { lines, unread };
}
