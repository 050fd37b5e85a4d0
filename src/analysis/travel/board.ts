import { stepsOf, type Mode, type TravelVersion } from './travel.ts';

/*
 * The board on other days: a file a month and mode with every report of the board, so that one fetch shows any day.
 *
 *   board/<mode>/<month>.json   BoardMonth
 *   board/days.json             BoardDays
 */

export const BOARD_FORMAT = 'daybook/board/1';

/** From `day` on a card shows this version. `texts` are in the order of the report's metrics; none where they are out of reach. */
export interface CardStep {
  day: string;
  asOf: string;
  version: number;
  texts: (string | null)[];
}

/** A report's steps of a month; before them the last one of an earlier month, if there is one. */
export interface CardMonth {
  metrics: string[];
  steps: CardStep[];
}

/** `day` is left out where it is the as-of's. */
type Packed = [asOf: string, version: number, texts: (string | null)[], day?: string];

export interface BoardMonth {
  format: typeof BOARD_FORMAT;
  mode: Mode;
  month: string;
  reports: { [id: string]: [metrics: string[], steps: Packed[]] };
}

/** How a number of the board is shown. */
export interface CardMetric {
  name: string;
  label: string;
  format: string;
  unit: string | null;
}

export interface BoardDays {
  format: typeof BOARD_FORMAT;
  /** Of the ledger's newest entry, ISO 8601 UTC: of later days nothing is known. */
  time: string;
  /** The first day of each month that has a file, in order. */
  days: { [mode in Mode]: string[] };
  reports: { [id: string]: CardMetric[] };
}

/** A report's steps by month. @param versions in order */
export function cardMonths(versions: readonly TravelVersion[], mode: Mode, metrics: readonly string[]): Map<string, CardStep[]> {
  const steps = stepsOf(versions, mode).map(({ day, shown }) => ({ day, asOf: shown.asOf, version: shown.version, texts: textsOf(shown, metrics) }));
  return Map.groupBy(steps, ({ day }) => day.slice(0, 7));
}

function textsOf({ rows, metrics: values }: TravelVersion, metrics: readonly string[]): (string | null)[] {
  return rows === null ? [] : metrics.map((name) => values.find((value) => value.name === name)?.text ?? null);
}

/** A month as its file has it: steps in their order, reports by id. */
export function packMonth(mode: Mode, month: string, reports: ReadonlyMap<string, CardMonth>): BoardMonth {
  const packed = ({ day, asOf, version, texts }: CardStep): Packed => (day === asOf.slice(0, 10) ? [asOf, version, texts] : [asOf, version, texts, day]);
  const ids = [...reports.keys()].sort();
  return { format: BOARD_FORMAT, mode, month, reports: Object.fromEntries(ids.map((id) => [id, [reports.get(id)!.metrics, reports.get(id)!.steps.map(packed)]])) };
}

/** What `packMonth` packed, by report. */
export function unpackMonth({ reports }: BoardMonth): Map<string, CardMonth> {
  return new Map(Object.entries(reports).map(([id, [metrics, steps]]) => [id, { metrics, steps: steps.map(([asOf, version, texts, day = asOf.slice(0, 10)]) => ({ day, asOf, version, texts })) }]));
}

/** What each report of the board shows on a day; those without are left out. */
export function boardAt(reports: ReadonlyMap<string, CardMonth>, day: string): Map<string, CardStep & { metrics: string[] }> {
  return new Map([...reports].flatMap(([id, { metrics, steps }]) => {
    const step = steps.findLast((one) => one.day <= day);
    return step ? [[id, { ...step, metrics }] as const] : [];
  }));
}

/** What is known of a report's own steps: by month, a digest of them. */
export interface MonthDigests {
  [month: string]: string;
}

/**
 * The months of the board whose file is another one, because of one report: where its own steps are others, and those
 * that begin with its last step before.
 * @param months all months that have a file, before or now, in order
 */
export function monthsToWrite(before: MonthDigests, now: MonthDigests, months: readonly string[]): string[] {
  const differ = (month: string | undefined): boolean => month !== undefined && before[month] !== now[month];
  let [was, is]: (string | undefined)[] = [];
  return months.filter((month) => {
    const carried = was !== is || differ(is);
    if (month in before) was = month;
    if (month in now) is = month;
    return carried || differ(month);
  });
}
