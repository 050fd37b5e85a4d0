import type { ReviewPolicy } from '../report/schema.ts';
import { counted, found, listed } from './gate-words.ts';
import type { GateResult } from './gates.ts';

/** What a change touches besides definitions: paths relative to the instance's root. */
export interface Touched {
  /** Data files that reports read. */
  data: readonly string[];
  /** What is below `snapshots/`, and what is no plain file (a link, a submodule, twins by case), each with the reason. */
  files: readonly { path: string; reason: string }[];
  /** Daybook's code, its packages, workflows. */
  code: readonly string[];
  /** What of `review:` differs: `gates.rows`, or `reports/sales/orders.yml: metric_change`. */
  policy: readonly string[];
}

/**
 * Gates of the change as a whole, by the rules of the base: no change lowers what it is held against.
 * @param touched null where it could not be told
 */
export function changeGates(touched: Touched | null, { gates }: Pick<ReviewPolicy, 'gates'>): GateResult[] {
  const all: [keyof Touched, string, string][] = [
    ['data', 'the change leaves the data files alone that reports read', 'file'],
    ['files', 'the change leaves snapshots/ alone, and is plain files', 'file'],
    ['code', 'the change leaves Daybook’s code, its packages and its workflows alone', 'file'],
    ['policy', 'the change leaves the rules alone by which results are reviewed, held and kept', 'rule'],
  ];
  return all.filter(([gate]) => gates[gate] !== 'off').map(([gate, expected, noun]) => {
    if (touched === null) return found(gate, gates[gate], 'not-run', expected, 'the files of the change could not be listed');
    const names = touched[gate].map((one) => (typeof one === 'string' ? one : `${one.path} (${one.reason})`));
    return found(gate, gates[gate], names.length > 0 ? 'fail' : 'pass', expected, names.length > 0 ? `${counted(names.length, noun)}: ${listed(names)}` : 'it does');
  });
}
