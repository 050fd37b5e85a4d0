import { z } from 'zod';
import { COMPARISON_FORMAT, TOLERANCE } from '../analysis/comparison.ts';
import { check, column, count, digest, metricValue } from './result-schema.ts';

const text = z.string();
const cell = z.string().nullable();
const both = z.strictObject({ base: count, head: count });

const side = z.strictObject({ label: text, report: text, asOf: cell, rows: count, data: digest });
const compared = { format: z.literal(COMPARISON_FORMAT), base: side, head: side };

const schemaChange = z.strictObject({
  added: z.array(column),
  removed: z.array(column),
  retyped: z.array(z.strictObject({ name: text, from: text, to: text, lossy: z.boolean() })),
  renamed: z.array(z.strictObject({ from: text, to: text, declared: z.boolean() })),
  reordered: z.boolean(),
});

const keyHealth = z.strictObject({
  mode: z.enum(['keyed', 'multiset', 'identical']), reason: z.enum(['none', 'absent', 'duplicates']).nullable(), columns: z.array(text), duplicates: both.nullable(), nulls: both.nullable(),
});

const profile = z.strictObject({ nulls: count, distinct: count, min: cell, max: cell, sum: cell, mean: z.number().nullable() });

const columnComparison = z.strictObject({
  name: text, comparing: z.enum(['exact', 'number', 'double', 'instant', 'text']).nullable(), changed: count.nullable(), withinTolerance: count.nullable(), base: profile.nullable(), head: profile.nullable(),
});

const metricChange = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('same') }),
  z.strictObject({ kind: z.literal('changed'), difference: text, ratio: z.number().nullable() }),
  z.strictObject({ kind: z.literal('added') }),
  z.strictObject({ kind: z.literal('removed') }),
  z.strictObject({ kind: z.literal('incomparable'), reason: z.enum(['no-value-before', 'no-value-after', 'not-finite']) }),
]);

const wholeRow = z.strictObject({ cells: z.array(cell), count });
const modifiedRow = z.strictObject({ key: z.array(cell), changes: z.array(z.strictObject({ column: text, before: cell, after: cell })) });
const sampleOf = <T extends z.ZodType>(row: T) => z.strictObject({ total: count, columns: z.array(text), rows: z.array(row) });

const differences = {
  schema: schemaChange,
  key: keyHealth,
  rows: z.strictObject({ base: count, head: count, added: count, removed: count, modified: count, unchanged: z.int() }),
  cells: z.strictObject({ compared: count, changed: count, withinTolerance: count }).nullable(),
  tolerance: z.strictObject({ relative: z.literal(TOLERANCE.relative), absolute: z.literal(TOLERANCE.absolute) }),
  columns: z.array(columnComparison),
  metrics: z.array(z.strictObject({ name: text, before: metricValue.nullable(), after: metricValue.nullable(), change: metricChange })),
  checks: z.array(z.strictObject({ kind: z.enum(['added', 'removed', 'fails', 'passes', 'bound']), before: check.nullable(), after: check.nullable() })),
  samples: z.strictObject({ limit: count.nullable(), added: sampleOf(wholeRow), removed: sampleOf(wholeRow), modified: sampleOf(modifiedRow) }),
};

/** See src/analysis/comparison.ts for what it means. */
export const comparison = z.discriminatedUnion('kind', [
  z.strictObject({ ...compared, kind: z.literal('equal'), ...differences }),
  z.strictObject({ ...compared, kind: z.literal('different'), ...differences }),
  z.strictObject({ ...compared, kind: z.literal('incomparable'), reason: z.enum(['report', 'columns']) }),
]);
