import type { ReportFacts } from '../facts/facts.ts';
import { inOrder, type TravelVersion } from './travel.ts';

/** What readers have been shown of a report, in the order of as-ofs and versions: what its files of other days are made from. */
export function toldOf({ history, inputs }: Pick<ReportFacts, 'history' | 'inputs'>): TravelVersion[] {
  const told = history.flatMap(({ asOf, version, sequence, time, approved, code, rows, files, metrics, inputs: made, retired, erased }): TravelVersion[] => (sequence === null ? [] : [{
    asOf, version, published: approved?.time ?? time, superseded: null, sequence, commit: code, rows, files, inputs: made === null ? [] : inputs[made]!, retired: retired && retired.commit, erased: erased !== null,
    metrics: metrics.map(({ name, text, period }) => ({ name, text, period })),
  }])).sort(inOrder);
  return told.map((one, index) => ({ ...one, superseded: supersededAt(told, index) }));
}

/** When readers saw a later version of the same as-of first. */
function supersededAt(told: readonly TravelVersion[], index: number): string | null {
  let found: string | null = null;
  for (let at = index + 1; told[at]?.asOf === told[index]!.asOf; at++) if (found === null || told[at]!.published < found) found = told[at]!.published;
  return found;
}
