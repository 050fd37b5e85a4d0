import { z } from 'zod';
import { COMPARISON_FORMAT, TOLERANCE } from '../analysis/comparison/comparison.ts';
import { MOST_PATTERNS } from '../analysis/pattern/pattern.ts';
import { check, column, count, digest, metricValue } from './result-schema.ts';

const text = z.string();
const cell = z.string().nullable();

const both = z.strictObject({
  base: count.describe('Before'),
  head: count.describe('After'),
}).meta({ id: 'both' });

const side = z.strictObject({
  label: text.describe('A snapshot’s citation, or a commit’s name'),
  report: text.describe('The report’s id'),
  asOf: cell.describe('The moment that the result describes'),
  rows: count.describe('Rows of the result'),
  data: digest.describe('Digest of columns, rows and metrics'),
}).meta({ id: 'comparedSide' });

const compared = {
  format: z.literal(COMPARISON_FORMAT).describe('The version of this part of the document'),
  base: side.describe('The result before'),
  head: side.describe('The result after'),
};

const missing = z.enum(['never', 'sometimes', 'always']);

const schemaChange = z.strictObject({
  added: z.array(column).describe('Columns that only the result after has'),
  removed: z.array(column).describe('Columns that only the result before has'),
  retyped: z.array(z.strictObject({
    name: text.describe('The column, as the result after calls it'),
    from: text.describe('Its type before'),
    to: text.describe('Its type after'),
    lossy: z.boolean().describe('The new type does not hold every value of the old one'),
  })).describe('Columns of another type'),
  renamed: z.array(z.strictObject({
    from: text.describe('The name before'),
    to: text.describe('The name after'),
    declared: z.boolean().describe('The report says so with `was`; else the column only looks renamed, by its values'),
  })).describe('Columns of another name'),
  nullability: z.array(z.strictObject({
    column: text.describe('The column, as the result after calls it'),
    from: missing.describe('In how many rows it was NULL before'),
    to: missing.describe('In how many rows it is NULL after'),
  })).describe('Columns that both have and that are NULL where they never were, or no longer, or always; none where a side has no rows'),
  reordered: z.boolean().describe('The columns that both have stand in another order'),
}).meta({ id: 'schemaChange' });

const keyHealth = z.strictObject({
  mode: z.enum(['keyed', 'multiset', 'identical']).describe('How rows were matched: by key, or as the one row of each side; as a multiset, where equal rows cancel out one by one; or not at all, since both sides have the same bytes'),
  reason: z.enum(['none', 'absent', 'duplicates']).nullable().describe('Why not by key: the report has none, a side lacks a column of it, or it is repeated'),
  columns: z.array(text).describe('The key, by names of the result after; empty where there is none'),
  duplicates: both.nullable().describe('Rows whose key another row has too, beyond the first; null where that was not counted'),
  nulls: both.nullable().describe('Rows with a NULL in the key; null where that was not counted'),
}).meta({ id: 'keyHealth' });

const profile = z.strictObject({
  nulls: count.describe('Rows without a value'),
  distinct: count.describe('Different values'),
  min: cell.describe('The smallest value, as text; null without values and for types without an order'),
  max: cell.describe('The largest value, as `min`'),
  sum: cell.describe('The exact sum as text; null for what is no number'),
  mean: z.number().nullable().describe('The mean; null for what is no number'),
}).meta({ id: 'profile' });

const columnComparison = z.strictObject({
  name: text.describe('The column, as the result after calls it where it has it'),
  comparing: z.enum(['exact', 'number', 'double', 'instant', 'text']).nullable().describe('How values were held against each other; null for a column of one side'),
  changed: count.nullable().describe('Cells that differ, of rows that both sides have; null for a key, a multiset and a column of one side'),
  withinTolerance: count.nullable().describe('Doubles that differ, but within the tolerance'),
  base: profile.nullable().describe('Its values before; null where it is not there, and where both sides have the same bytes'),
  head: profile.nullable().describe('Its values after, as `base`'),
}).meta({ id: 'columnComparison' });

const changeKind = <T extends string>(kind: T) => z.literal(kind).describe('What became of the value');

const metricChange = z.discriminatedUnion('kind', [
  z.strictObject({ kind: changeKind('same') }),
  z.strictObject({
    kind: changeKind('changed'),
    difference: text.describe('After − before, exact, as text'),
    ratio: z.number().nullable().describe('The difference as a share of the value before: 0.1 is 10 % more; null from zero'),
  }),
  z.strictObject({ kind: changeKind('added') }),
  z.strictObject({ kind: changeKind('removed') }),
  z.strictObject({
    kind: changeKind('incomparable'),
    reason: z.enum(['no-value-before', 'no-value-after', 'not-finite']).describe('Why there is no difference'),
  }),
]).meta({ id: 'metricChange' });

const wholeRow = z.strictObject({
  cells: z.array(cell).describe('Values as text, in the order of `columns`'),
  count: count.describe('How often the row came or went; 1 where rows are matched by key'),
}).meta({ id: 'wholeRow' });

const modifiedRow = z.strictObject({
  key: z.array(cell).describe('The values of the key, in the order of `columns`'),
  changes: z.array(z.strictObject({
    column: text.describe('The column'),
    before: cell.describe('Its value before'),
    after: cell.describe('Its value after'),
  })).describe('The cells that differ'),
});

const sampleOf = <T extends z.ZodType>(row: T) => z.strictObject({
  total: count.describe('How many such rows there are'),
  columns: z.array(text).describe('Names of the columns of a row’s cells, or of its key'),
  rows: z.array(row).describe('The first of them, in the order of the rows'),
});

const rowKind = z.enum(['added', 'removed', 'changed']).describe('The rows that it speaks of');
const patternKind = <T extends string>(kind: T) => z.literal(kind).describe('What the rows or values have in common');
const ofRows = { rows: rowKind, count: count.describe('How many rows') };
const ofColumn = { column: text.describe('The column in which they are alike') };
const values = z.array(cell).describe('Each of the rows has one of these');
const ends = { from: cell.describe('The smallest value; null: open'), to: cell.describe('The largest value; null: open') };
const condition = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('value').describe('What kind of condition'), ...ofColumn, values }),
  z.strictObject({ kind: z.literal('range').describe('What kind of condition'), ...ofColumn, ...ends }),
]).meta({ id: 'condition' });
const only = z.boolean().describe('No row of the other side has such a value; of changed rows, no other row before');
const ofCells = { columns: z.array(text).describe('The columns whose changed values it speaks of'), cells: count.describe('How many values') };

const pattern = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: patternKind('repeated'),
    what: z.enum(['rows', 'keys']).describe('What is repeated'),
    side: z.enum(['base', 'head']).describe('The side that has each more often'),
    times: count.describe('How many times as often'),
  }),
  z.strictObject({ kind: patternKind('copies'), rows: z.enum(['added', 'removed']).describe('The rows that are copies of others'), count: count.describe('How many rows') }),
  z.strictObject({ kind: patternKind('value'), ...ofRows, ...ofColumn, values, only }),
  z.strictObject({ kind: patternKind('range'), ...ofRows, ...ofColumn, ...ends, only }),
  z.strictObject({ kind: patternKind('both'), ...ofRows, conditions: z.array(condition).min(2).max(2).describe('What all of the rows meet, and no row of the other side; of changed rows, no other row before') }),
  z.strictObject({ kind: patternKind('ratio'), ...ofCells, ratio: text.describe('After ÷ before, e.g. 2, 0.01 or 1/3') }),
  z.strictObject({ kind: patternKind('difference'), ...ofCells, difference: text.describe('After − before') }),
  z.strictObject({
    kind: patternKind('becomes'), ...ofCells,
    before: cell.optional().describe('The one value that all had'),
    after: cell.optional().describe('The one value that all have'),
  }),
  z.strictObject({ kind: patternKind('exchanged'), ...ofCells }),
  z.strictObject({
    kind: patternKind('rounded'), ...ofCells,
    places: count.describe('Digits after the point'),
    way: z.enum(['rounded', 'cut']).describe('To the nearest, or towards zero'),
  }),
  z.strictObject({
    kind: patternKind('shifted'), ...ofCells,
    least: text.describe('The smallest of after − before, in microseconds'),
    most: text.describe('The largest of after − before, in microseconds'),
  }),
  z.strictObject({ kind: patternKind('one-way'), ...ofCells, to: z.enum(['more', 'less']).describe('Than before, all of them') }),
]).meta({ id: 'pattern' });

const differences = {
  schema: schemaChange.describe('What differs in the columns'),
  key: keyHealth.describe('What rows were matched by'),
  rows: z.strictObject({
    base: count.describe('Rows before'),
    head: count.describe('Rows after'),
    added: count.describe('Rows that only the result after has'),
    removed: count.describe('Rows that only the result before has'),
    modified: count.describe('Rows of both with another value in some cell'),
    unchanged: z.int().describe('Rows of both with the same values: base − removed − modified'),
  }).meta({ id: 'rowCounts' }).describe('Counts of rows: base − removed + added = head'),
  cells: z.strictObject({
    compared: count.describe('Cells of the rows and columns that both sides have, without the key’s'),
    changed: count.describe('Cells that differ'),
    withinTolerance: count.describe('Doubles that differ, but within the tolerance'),
  }).meta({ id: 'cellCounts' }).nullable().describe('Counts of cells; null for a multiset'),
  tolerance: z.strictObject({
    relative: z.literal(TOLERANCE.relative).describe('Of the larger of the two values'),
    absolute: z.literal(TOLERANCE.absolute).describe('In the values’ own unit'),
  }).meta({ id: 'tolerance' }).describe('Within which two doubles are equal; all else is equal or not'),
  columns: z.array(columnComparison).describe('All columns: those of the result after in its order, then those that are gone'),
  metrics: z.array(z.strictObject({
    name: text.describe('As the report’s YAML calls it'),
    before: metricValue.nullable().describe('Its value before; null where it was not there'),
    after: metricValue.nullable().describe('Its value after; null where it is not there'),
    change: metricChange.describe('What became of it'),
  }).meta({ id: 'metricComparison' })).describe('All metrics of both sides'),
  checks: z.array(z.strictObject({
    kind: z.enum(['added', 'removed', 'fails', 'passes', 'bound']).describe('It came, went, fails where it passed, passes where it failed, or has another bound'),
    before: check.nullable().describe('The check before; null where it was not there'),
    after: check.nullable().describe('The check after; null where it is not there'),
  }).meta({ id: 'checkComparison' })).describe('Checks that differ in more than the value found'),
  samples: z.strictObject({
    limit: count.nullable().describe('Most rows of each kind; null: all of them'),
    added: sampleOf(wholeRow).describe('Rows that came'),
    removed: sampleOf(wholeRow).describe('Rows that went'),
    modified: sampleOf(modifiedRow).describe('Rows that changed'),
  }).meta({ id: 'samples' }).describe('The first rows of each kind'),
  patterns: z.array(pattern).max(MOST_PATTERNS).optional().describe('What the rows that differ have in common, the most telling first; missing: nothing that is looked for'),
};

/** See src/analysis/comparison/comparison.ts for what it means. */
export const comparison = z.discriminatedUnion('kind', [
  z.strictObject({ ...compared, kind: z.literal('equal').describe('Nothing differs, doubles within the tolerance'), ...differences }),
  z.strictObject({ ...compared, kind: z.literal('different').describe('Something differs'), ...differences }),
  z.strictObject({
    ...compared, kind: z.literal('incomparable').describe('Neither equal nor different: nothing may be concluded'),
    reason: z.enum(['report', 'columns']).describe('They are of different reports, or have no column in common'),
  }),
]).meta({ id: 'comparison' });
