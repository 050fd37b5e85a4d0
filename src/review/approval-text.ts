import { truncate } from '../error.ts';
import type { Version } from '../snapshot/ledger-state.ts';
import { citationOf } from '../snapshot/manifest.ts';
import { code, codeBlock } from './markdown.ts';

export interface PullText {
  title: string;
  body: string;
}

interface HeldText {
  held: Version;
  /** What the report is called. */
  title: string;
  /** What readers see now; null where nothing of the report is published. */
  shown: Version | null;
  /** What differs, in lines of plain text. */
  comparison: readonly string[];
}

/** Hosts cut, or refuse, what is longer than 65,536 characters. */
const LONGEST = 60_000;
const LONGEST_LINE = 400;

/** What a pull request says that asks for the approval of a held snapshot. */
export function approvalText({ held, title, shown, comparison }: HeldText): PullText {
  const name = citationOf(held);
  const now = shown ? `Readers still see ${code(citationOf(shown))}.` : 'Readers see nothing of this report yet.';
  const two = held.approvers > 1
    ? `\n- **${held.approvers} people** have to approve it: who merges, and whoever has approved this pull request by a review.`
    : '';
  const around = (middle: string): string => `${code(title)}: ${code(name)} is kept, and held back until it is approved. ${now}

- **Merge this pull request to approve it.** The next job enters who did and when in the ledger, and readers see the new numbers.
- **Close it without merging to reject it.** The next job enters that too, and readers go on seeing what they see.${two}

### What would change

${middle}

### What is approved

This pull request adds one file, which says by digests which snapshot is meant:

${codeBlock([`manifest  ${held.manifest}`, `rows      ${held.rows}`, `data      ${held.data}`])}

To look closer, in a clone: ${code(`npx daybook show ${name}`)}${shown ? `, ${code(`npx daybook compare ${citationOf(shown)} ${name}`)}` : ''}
`;
  return { title: `Approve ${name}`, body: around(codeBlock(within(comparison, LONGEST - around('').length - 2 * LONGEST_LINE - 200))) };
}

/** As many lines as fit. */
function within(lines: readonly string[], budget: number): string[] {
  const shown: string[] = [];
  let left = budget;
  for (const line of lines.map((one) => truncate(one, LONGEST_LINE))) {
    left -= line.length + 1;
    if (left < 0) break;
    shown.push(line);
  }
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `… and ${more} more lines`] : shown;
}

/** Why a pull request is closed that nobody has to decide any more. */
export function closingWords(version: Version): string {
  if (version.standing === 'held') return `A later version of ${code(`${version.report}@${version.as_of}`)} has been kept since: there is nothing left to approve here. The later one has a pull request of its own.`;
  return `${code(citationOf(version))} is ${version.standing === 'published' ? 'approved' : 'rejected'} in the ledger: there is nothing left to decide here.`;
}
