import type { RowDifferences, Tables } from '../comparison/tables.ts';
import { cellPatterns } from './cells.ts';
import { MOST_PATTERNS, type Pattern, type RowKind } from './pattern.ts';
import { repeatPatterns } from './repeats.ts';
import { rowPatterns } from './rows.ts';

/** What the rows that differ have in common, the worst and most telling first, `MOST_PATTERNS` at most; asks the engine. */
export async function findPatterns(tables: Tables, found: RowDifferences): Promise<Pattern[]> {
  const { base, head, added, removed, modified } = found.rows;
  if (base === 0 || head === 0 || added + removed + modified === 0) return [];
  const all: Pattern[] = [...await repeatPatterns(tables, found), ...await rowPatterns(tables, found), ...await cellPatterns(tables, found)];
  return all.map((pattern, index) => ({ pattern, index })).sort((a, b) => weight(a.pattern) - weight(b.pattern) || a.index - b.index).slice(0, MOST_PATTERNS).map(({ pattern }) => pattern);
}

/** Where no other row meets the condition, and where some do. */
const ONLY: { [rows in RowKind]: number } = { removed: 1, added: 3, changed: 5 };
const AMONG_OTHERS: { [rows in RowKind]: number } = { removed: 6, changed: 7, added: 8 };

/** Numbers that are counted twice, then those that are gone, then those that are others. */
function weight(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'repeated': return 0;
    case 'copies': return 2;
    case 'ratio': case 'difference': case 'becomes': case 'exchanged': case 'rounded': case 'shifted': return 4;
    case 'one-way': return 9;
    case 'value': case 'range': case 'both':
      return (pattern.kind === 'both' || pattern.only ? ONLY : AMONG_OTHERS)[pattern.rows];
  }
}
