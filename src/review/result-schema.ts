import { formatSpecifier } from 'd3-format';
import { z } from 'zod';

/* Parts of a review's document that stand in a snapshot's manifest too. */

export const count = z.int().min(0);
export const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]);
export const column = z.strictObject({ name: z.string(), type: z.string() });
export const metricValue = z.strictObject({ name: z.string(), value: z.string().nullable(), type: z.string(), period: z.string().nullable() });

export const check = z.strictObject({
  name: z.string(), column: z.string().nullable(), operator: z.string(), expected: z.string(), actual: z.string(), level: z.enum(['error', 'warn']), passed: z.boolean(),
});

/** A wrong one would stop whoever writes a number by it. */
export const numberFormat = z.string().refine((specifier) => {
  try {
    return (formatSpecifier(specifier).width ?? 0) <= 40;
  } catch {
    return false;
  }
}, 'not a d3-format');
