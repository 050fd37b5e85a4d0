import type { ReviewPolicy } from '../../report/schema.ts';
import { plural } from '../../snapshot/count.ts';
import type { GateResult } from './gates.ts';
import { found, listed } from './words.ts';

/** What a change touches besides definitions: paths relative to the instance's root. */
export interface Touched {
  /** Data files that reports read; those that no source of the base reads, with the reports that do so from now on. */
  data: readonly (string | Reasoned)[];
  /** Data files that no source of the base reads, and new reports alone: there is no number that they could move. */
  brought: readonly Reasoned[];
  /** What is below `snapshots/`, and what is no plain file (a link, a submodule, twins by case), each with the reason. */
  files: readonly Reasoned[];
  /** Daybook's code, its packages, workflows. */
  code: readonly string[];
  /** What of `review:` differs: `gates.rows`, or `reports/sales/orders.yml: metric_change`. */
  policy: readonly string[];
}

interface Reasoned {
  path: string;
  reason: string;
}

/**
 * Gates of the change as a whole, by the rules of the base: no change lowers what it is held against.
 * @param touched null where it could not be told
 */
export function changeGates(touched: Touched | null, { gates }: Pick<ReviewPolicy, 'gates'>): GateResult[] {
  const all: [Exclude<keyof Touched, 'brought'>, string, string][] = [
    ['data', 'the change leaves the data files alone that reports read', 'file'],
    ['files', 'the change leaves snapshots/ alone, and is plain files', 'file'],
    ['code', 'the change leaves Daybook’s code, its packages and its workflows alone', 'file'],
    ['policy', 'the change leaves the rules alone by which results are reviewed, held, kept and due', 'rule'],
  ];
  return all.filter(([gate]) => gates[gate] !== 'off').flatMap(([gate, expected, noun]) => {
    if (touched === null) return found(gate, gates[gate], 'not-run', expected, 'the files of the change could not be listed');
    const names = touched[gate].map(nameOf);
    // What stands behind “and 3 more” is not looked at, and what was and is has commas of its own.
    if (gate === 'policy' && names.length > 1 && (names.join().length > LINE || names.some((name) => name.includes(' → ')))) return each(names, (actual) => found(gate, gates[gate], 'fail', expected, actual));
    const brought = gate === 'data' && touched.brought.length > 0 ? `; new for new reports: ${listed(touched.brought.map(nameOf))}` : '';
    return found(gate, gates[gate], names.length > 0 ? 'fail' : 'pass', expected, `${names.length > 0 ? `${plural(names.length, noun)}: ${listed(names)}` : 'it does'}${brought}`);
  });
}

function nameOf(one: string | Reasoned): string {
  return typeof one === 'string' ? one : `${one.path} (${one.reason})`;
}

/** As long as one line of rules is read. */
const LINE = 200;
const MOST = 20;

function each(names: readonly string[], gate: (actual: string) => GateResult): GateResult[] {
  const rest = names.slice(MOST);
  return [...names.slice(0, MOST), ...(rest.length > 0 ? [`${plural(rest.length, 'more rule')}: ${listed(rest)}`] : [])].map(gate);
}
