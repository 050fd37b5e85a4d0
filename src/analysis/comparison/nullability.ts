import type { SchemaChange } from './comparison.ts';

type Nullability = SchemaChange['nullability'];
type HowOften = Nullability[number]['from'];

/**
 * Columns of both sides that are NULL where they never were, or no longer, or always. A side without rows says nothing.
 * @param nulls how many rows have none in each column, by the head's name
 */
export function nullabilityOf(nulls: readonly { name: string; base: number; head: number }[], rows: { base: number; head: number }): Nullability {
  if (rows.base === 0 || rows.head === 0) return [];
  const howOften = (count: number, of: number): HowOften => (count === 0 ? 'never' : count === of ? 'always' : 'sometimes');
  return nulls.map(({ name, base, head }) => ({ column: name, from: howOften(base, rows.base), to: howOften(head, rows.head) })).filter(({ from, to }) => from !== to);
}
