import type { SnapshotFacts, UnpublishedFacts } from '../analysis/facts/facts.ts';
import { formatAsOf } from './date.ts';

/** What became of a kept snapshot, in words, and the command that shows what there still is of it. */
interface Mark {
  words: string;
  command: string;
}

/** `retired: in Git’s history at 0123456789ab`; `rows erased on 5 January 2026, reason: request, ticket: PRIV-7`. Null where it lies open. */
export function markOf({ citation, retired, erased }: Pick<SnapshotFacts, 'citation' | 'retired' | 'erased'>): Mark | null {
  const command = `npx daybook show ${citation}`;
  if (erased) return { words: `rows erased on ${formatAsOf(erased.time.slice(0, 10))}, reason: ${erased.reason}, ticket: ${erased.ticket}`, command };
  return retired ? { words: `retired: in Git’s history at ${retired.commit.slice(0, 12)}`, command } : null;
}

/** `waits for the approval of two people`, `rejected: it was never shown` */
export function standingWords({ standing, approvers }: Pick<UnpublishedFacts, 'standing' | 'approvers'>): string {
  if (standing === 'rejected') return 'rejected: readers never saw it';
  return approvers > 1 ? `waits for the approval of ${approvers === 2 ? 'two' : approvers} people` : 'waits for approval';
}
