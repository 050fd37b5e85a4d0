import type { DaybookError } from '../error.ts';
import type { AsOf } from './as-of.ts';
import type { Inputs, Result } from './manifest.ts';

/**
 * What a run hands to the store: a result and its rows as canonical CSV, or why there is none. `salt`: the rows hold
 * personal data, and `result.rows.sha256` is keyed by it (64 hexadecimal digits). `milliseconds`: of the last attempt’s query, without
 * the start of its process; null where none was asked. `read`: how many rows each source has.
 */
export type Outcome =
  | { kind: 'result'; asOf: AsOf; inputs: Inputs; result: Result; csv: Buffer; milliseconds: number; attempts: number; warnings: string[]; read?: { [source: string]: number }; salt?: string }
  | { kind: 'failure'; error: DaybookError; inputs: Inputs | null; milliseconds: number | null; attempts: number };
