import type { RowOrder } from '../../src/analysis/review/review.ts';
import { differByRounding } from '../../src/analysis/review/row-order.ts';
import type { Turned } from '../../src/run/runner.ts';
import { dataDigest } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';

/** Two runs of the same. `order`: null where it is not known what the order of rows decides. */
export interface TwoRuns {
  first: Outcome;
  second: Outcome;
  order: RowOrder | null;
}

/**
 * Runs a query twice, the second time on the same rows in the opposite order: so both chance and what rests on an order that nobody
 * promised show. A third run, in the files’ order again, tells them apart where the two differ.
 * @param run the files’ order without `turned`
 */
export async function runInTwoOrders(sources: readonly string[], run: (turned?: Turned) => Promise<Outcome>): Promise<TwoRuns> {
  const [first, reversed] = await Promise.all([run(), run({ sources, how: 'reversed' })]);
  if (first.kind === 'failure') return { first, second: reversed.kind === 'failure' ? reversed : await run(), order: null };
  const partly = tooMuch(reversed);
  const how = partly ? 'parts' : 'reversed';
  const turned = partly ? await run({ sources, how }) : reversed;
  if (isOutOfTime(turned)) return { first, second: turned, order: null };
  if (tooMuch(turned)) return { first, second: await run(), order: null };
  const error = turned.kind === 'failure' ? turned.error.code : null;
  if (isAlike(first, turned)) return { first, second: turned, order: { sources: [], error, partly } };
  const second = await run();
  if (second.kind === 'failure' || dataDigest(first.result) !== dataDigest(second.result)) return { first, second, order: null };
  const alone = sources.length === 1 ? [] : await Promise.all(sources.map(async (name) => ({ name, outcome: await run({ sources: [name], how }) })));
  const named = alone.filter(({ outcome }) => !tooMuch(outcome) && !isOutOfTime(outcome) && !isAlike(first, outcome)).map(({ name }) => name);
  return { first, second, order: { sources: named.length > 0 ? named : [...sources], error, partly } };
}

function isAlike(first: Outcome, other: Outcome): boolean {
  if (first.kind === 'failure' || other.kind === 'failure') return false;
  return differByRounding({ columns: first.result.columns, csv: first.csv }, { columns: other.result.columns, csv: other.csv });
}

/** To read rows in another order takes memory and time, which says nothing of the query. */
function tooMuch(outcome: Outcome): boolean {
  return outcome.kind === 'failure' && ['query-memory', 'query-timeout'].includes(outcome.error.code);
}

function isOutOfTime(outcome: Outcome): boolean {
  return outcome.kind === 'failure' && outcome.error.code === 'out-of-time';
}
