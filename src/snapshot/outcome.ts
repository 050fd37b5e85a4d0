import type { DaybookError } from '../error.ts';
import type { Inputs, Result } from './manifest.ts';
import type { AsOf } from './as-of.ts';

/**
 * What a run hands to the store: a result and its rows as canonical CSV, or why there is none. `salt`: the rows hold
 * personal data, and `result.rows.sha256` is keyed by it (64 hexadecimal digits).
 */
export type Outcome =
  | { kind: 'result'; asOf: AsOf; inputs: Inputs; result: Result; csv: Buffer; milliseconds: number; attempts: number; warnings: string[]; salt?: string }
  | { kind: 'failure'; error: DaybookError; inputs: Inputs | null; milliseconds: number; attempts: number };
