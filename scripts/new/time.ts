import { DaybookError } from '../../src/error.ts';
import { freshnessOf, readRecent, type ProposedFreshness } from '../../src/review/onboard/freshness.ts';
import { momentOf } from '../../src/review/onboard/moment.ts';
import { profileOf, type Ask } from '../../src/review/onboard/profile.ts';
import { readSpacing, rhythmOf, type Rhythm } from '../../src/review/onboard/rhythm.ts';
import type { Column } from '../../src/snapshot/manifest.ts';
import { quoteIdentifier } from '../../src/snapshot/metric-sql.ts';
import { periodEnd } from '../../src/snapshot/period.ts';
import { kindOf } from '../../src/snapshot/types.ts';

/** What the dates of a source say of it. */
interface SourceTime {
  newest?: string | undefined;
  freshness?: ProposedFreshness | null;
}

/** Whether a new source's rows come in a rhythm, and whether they seem to have ended. @param ask reads the source */
export async function timeOf(ask: Ask, table: string, columns: readonly Column[], now: Date): Promise<SourceTime> {
  const dated = columns.filter(({ type }) => kindOf(type) === 'date' || kindOf(type) === 'timestamp');
  if (dated.length === 0) return {};
  try {
    const base = `SELECT ${dated.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM ${quoteIdentifier(table)}`;
    const column = momentOf(await profileOf(ask, base), table)?.columns[0];
    if (column === undefined) return {};
    const spacing = await readSpacing(ask, base, `base_rows.${quoteIdentifier(column)}`);
    const rhythm = rhythmOf(spacing);
    const newest = endOf(spacing.last, rhythm, now);
    return { newest, freshness: newest === undefined ? freshnessOf(column, await readRecent(ask, table, column, rhythm.period), rhythm, now) : null };
  } catch (cause) {
    // It is a suggestion: data that takes too long to look at goes without.
    if (cause instanceof DaybookError) return {};
    throw cause;
  }
}

const DAY = 86_400_000;

/** The last day of the newest period, where it is so long ago that the data may have ended. */
export function endOf(newest: string | undefined, rhythm: Rhythm | null, now: Date): string | undefined {
  if (!newest) return undefined;
  const end = rhythm?.atStart ? periodEnd(newest, rhythm.period) - DAY : Date.parse(newest);
  return end < now.getTime() - 60 * DAY ? new Date(end).toISOString().slice(0, 10) : undefined;
}
