import { formatSpecifier } from 'd3-format';
import { z } from 'zod';

/*
 * Parts of a review's document that stand in a snapshot's manifest too. A part with an `id` is a definition of that name in the
 * published JSON Schema.
 */

export const count = z.int().min(0);
export const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]);

export const column = z.strictObject({
  name: z.string().describe('As the query calls it'),
  type: z.string().describe('DuckDB’s name of the type, e.g. DECIMAL(18,3)'),
}).meta({ id: 'column' });

export const metricValue = z.strictObject({
  name: z.string().describe('As the report’s YAML calls it'),
  value: z.string().nullable().describe('Text as in the rows; null where there is no value'),
  type: z.string().describe('DuckDB’s name of the value’s type'),
  period: z.string().nullable().describe('First day or instant of the period that it is of; null for the whole result'),
}).meta({ id: 'metricValue' });

export const check = z.strictObject({
  name: z.string().describe('In words, e.g. rows >= 1'),
  column: z.string().nullable().describe('The column that it is about; null for the number of rows'),
  operator: z.string().describe('How it compares, e.g. >='),
  expected: z.string().describe('What it asks for'),
  actual: z.string().describe('What was found'),
  level: z.enum(['error', 'warn']).describe('error: the run fails where it does not hold; warn: the result is kept, and marked'),
  passed: z.boolean().describe('Whether it holds'),
}).meta({ id: 'check' });

/** A wrong one would stop whoever writes a number by it. */
export const numberFormat = z.string().refine((specifier) => {
  try {
    return (formatSpecifier(specifier).width ?? 0) <= 40;
  } catch {
    return false;
  }
}, 'not a d3-format');
