import { count } from '../../snapshot/count.ts';
import { numberFormat } from './date-format.ts';
import { cellsOf, type Ask, type ColumnProfile, type Profile } from './profile.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import type { ColumnOrigin, Use } from './made.ts';
import { isNameable, looksLikeCalendar, looksLikeId } from './key.ts';
import { labelOf, oneLineOf, safeNames, wordsOf } from './words.ts';

export interface ProposedMetric {
  name: string;
  label: string;
  value: string;
  format: string;
  unit?: string;
  better?: 'higher' | 'lower';
  target?: number;
  /** Why, as found in the data. */
  reason: string;
}

const NEVER = /^(zip|zipcode|postcode|postal|phone|fips|lat|latitude|lon|lng|longitude|rank|index|row|rowid|x|y|version)$/;
const AVERAGED = /^(rate|ratio|pct|perc|percent|percentage|share|%|avg|average|mean|median|price|open|close|temp|temperature|score|rating|speed|age|density|level|humidity|pressure|wind|magnitude|mag|per|length|width|height|depth|weight|mass|distance|duration|running|time|minutes|seconds|latency|delay|yield|expectancy|lifetime|expect|fertility|utilization|utilisation|anomaly|efficiency|acceleration|displacement|horsepower|preis|quote|anteil|durchschnitt|dauer|gewicht|p\d{1,2}(th)?|percentile|quantile|quartile|variance|std|stddev|stdev|\w+percent|\w+percentage)$/;
const ADDED = /^(count|counts|total|totals|sum|amount|amounts|revenue|sales|cost|costs|gross|budget|spend|orders|order|returns|units|quantity|qty|visits|visitors|users|clicks|impressions|deaths|births|cases|people|population|trips|flights|passengers|events|requests|errors|incidents|tickets|precipitation|rain|rainfall|snow|generation|hours|votes|customers|subscribers|members|signups|leads|bookings|downloads|sessions|calls|deals|complaints|defects|shipments|deliveries|fatalities|births|consumption|production|volume|umsatz|umsaetze|betrag|betraege|menge|anzahl|stueck|kosten|erloes|erloese|summe|bestellungen|stunden)$/;
const SHARE = /^(rate|ratio|share|pct|perc|\w*percent|\w*percentage|%)$/;
const MONEY = /^(usd|eur|gbp|revenue|sales|cost|costs|gross|budget|spend|price|amount|umsatz|umsaetze|betrag|kosten|erloes|preis)$/;

/** What a number is part of, by their names; taken only where it is never larger. */
const PARTS: [part: RegExp, whole: RegExp][] = [
  [/^(returns|returned|cancelled|canceled|refunds)$/, /^(orders|sales|flights|bookings)$/],
  [/^clicks$/, /^(impressions|views)$/],
  [/^(conversions|signups|purchases)$/, /^(visits|visitors|sessions|clicks)$/],
  [/^(errors|failures|failed)$/, /^(requests|runs|calls|jobs|tests|total)$/],
  [/^(on_time|ontime|punctual|delayed|late)$/, /^(flights|deliveries|trains|orders|shipments|total)$/],
  [/^(passed|skipped)$/, /^(tests|total|runs)$/],
  [/^(defects|rejects|scrap)$/, /^(units|pieces|produced|production)$/],
  [/^(done|completed|closed|resolved|met|within_sla|ok|succeeded)$/, /^(planned|total|requests|tickets|incidents|runs|opened)$/],
];
const MOST = 6;
/** Whole numbers of so few values that repeat and repeat are codes: a cluster, a class. */
const MOST_CODES = 12;
/** Whole numbers that lie all in these are years, whatever they are called: a cycle, a season. */
const [FIRST_YEAR, LAST_YEAR] = [1900, 2100];

const MADE: { [made in ColumnOrigin]: { use: Use; reason: string } } = {
  sum: { use: 'sum', reason: 'the query counts it or adds it up' },
  mean: { use: 'mean', reason: 'a mean in the query, which does not add up: of several rows, each counts the same' },
  quotient: { use: 'mean', reason: 'divided in the query, so it does not add up: of several rows, each counts the same' },
  quantile: { use: 'mean', reason: 'a quantile in the query: of several rows this is the mean of theirs, not that of all' },
  different: { use: 'sum', reason: 'the query counts different ones: what several rows have is counted in each' },
  max: { use: 'max', reason: 'the largest in the query' },
  min: { use: 'min', reason: 'the smallest in the query' },
};

/** How a column becomes one number, or null where it is no measurement. */
export function useOf(column: ColumnProfile): { use: Use; reason: string } | null {
  const { name, kind, finite, filled, distinct, min, max, negatives, whole, made } = column;
  if ((kind !== 'integer' && kind !== 'decimal' && kind !== 'double') || !finite || filled === 0) return null;
  const words = wordsOf(name);
  const found = (pattern: RegExp): string | undefined => words.find((word) => pattern.test(word));
  if (looksLikeId(name) || looksLikeCalendar(name) || found(NEVER) || numberFormat(column) !== null) return null;
  if (made) return MADE[made];
  if (found(/^(max|maximum|highest|peak)$/)) return { use: 'max', reason: 'the name says highest' };
  if (found(/^(min|minimum|lowest)$/) && !found(/^(running|time|duration|delay)$/)) return { use: 'min', reason: 'the name says lowest' };
  const averaged = found(AVERAGED);
  if (averaged) return { use: 'mean', reason: `"${averaged}" does not add up` };
  const added = found(ADDED);
  if (added) return { use: 'sum', reason: `"${added}" adds up` };
  if (kind === 'integer' && distinct <= MOST_CODES && distinct * 20 <= filled) return null;
  if (kind === 'integer' && Number(min) >= FIRST_YEAR && Number(max) <= LAST_YEAR) return null;
  if (whole && negatives === 0) return { use: 'sum', reason: 'whole numbers from 0 up, so they add up: say mean() if they do not' };
  return { use: 'mean', reason: `${negatives > 0 ? 'some are below 0' : 'numbers with fractions'}: say sum() if they add up` };
}

/** Whether a number is no metric only because few whole numbers repeat in it: a class as well as a small count. */
export function isTakenForCode(column: ColumnProfile): boolean {
  return useOf(column) === null && useOf({ ...column, distinct: Infinity }) !== null;
}

/** @param largest of the absolute values */
function formatOf({ name, whole, min, max }: ColumnProfile, use: Use): { format: string; unit?: string } {
  const words = wordsOf(name);
  const largest = Math.max(Math.abs(Number(min)), Math.abs(Number(max)));
  if (words.some((word) => SHARE.test(word))) {
    if (Number(min) >= 0 && largest <= 1) return { format: '.1%' };
    if (words.some((word) => /^(pct|perc|\w*percent|\w*percentage|%)$/.test(word))) return { format: ',.1f', unit: '%' };
  }
  if (whole && use !== 'mean') return { format: ',d' };
  if (words.some((word) => MONEY.test(word))) return { format: ',.2f' };
  return { format: largest >= 1000 ? ',.0f' : largest >= 10 ? ',.1f' : largest >= 1 ? ',.2f' : ',.4~f' };
}

/** A column in a metric: bare where it may be, else in quotes. */
export function columnText(name: string): string {
  const bare = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^(true|false|null|this)$/.test(name);
  return bare ? name : `"${name.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

interface Pair {
  part: ColumnProfile;
  whole: ColumnProfile;
}

/** Pairs that are a part and its whole by their names. */
export function pairsOf({ columns }: Profile): Pair[] {
  const named = (column: ColumnProfile): string => wordsOf(column.name).join('_');
  const numbers = columns.filter((column) => column.kind === 'integer' && column.negatives === 0 && column.filled > 0 && isNameable(column.name));
  return PARTS.flatMap(([partName, wholeName]) => {
    const whole = numbers.find((column) => wholeName.test(named(column)));
    return whole ? numbers.filter((column) => column !== whole && partName.test(named(column))).map((part) => ({ part, whole })) : [];
  });
}

/** The pairs in which the part is never larger than the whole. */
export async function truePairs(ask: Ask, base: string, profile: Profile): Promise<Pair[]> {
  const pairs = pairsOf(profile);
  if (pairs.length === 0) return [];
  const cells = pairs.map(({ part, whole }, index) => `count(*) FILTER (base_rows.${quoteIdentifier(part.name)} > base_rows.${quoteIdentifier(whole.name)}) AS p${index}`);
  const cell = cellsOf(await ask(`WITH base_rows AS (\n${base}\n)\nSELECT ${cells.join(', ')} FROM base_rows`));
  return pairs.filter((_, index) => cell(`p${index}`) === '0');
}

/**
 * The metrics that a table of numbers suggests, at most six, shares first. Columns `x_sum` and `x_values` are those
 * of a mean. @param labels what columns are called, where that is not their name
 */
export function proposeMetrics(profile: Profile, key: readonly string[], pairs: readonly Pair[], labels: ReadonlyMap<string, string>): ProposedMetric[] {
  const label = (name: string): string => labels.get(name) ?? labelOf(name);
  const proposed: ProposedMetric[] = [];
  const { columns, rows } = profile;
  for (const column of columns) {
    if (key.includes(column.name) || !isNameable(column.name)) continue;
    const stem = column.name.replace(/_(sum|values)$/, '');
    const isMean = stem !== column.name && columns.some(({ name }) => name === `${stem}_sum`) && columns.some(({ name }) => name === `${stem}_values`);
    if (isMean && column.name.endsWith('_values')) continue;
    if (isMean) {
      proposed.push({ name: stem, label: `${label(stem)}, mean`, value: `sum(${columnText(column.name)}) / sum(${columnText(`${stem}_values`)})`, format: ',.1f', reason: 'a mean of all rows, not of means' });
      continue;
    }
    const whole = pairs.find(({ part }) => part.name === column.name)?.whole;
    const found = useOf(whole ? { ...column, made: 'sum' } : column);
    if (!found) continue;
    const value = `${found.use}(${columnText(column.name)})`;
    if (value.length > 400) continue;
    const gaps = column.filled === rows ? '' : `; ${count(rows - column.filled)} of ${count(rows)} rows have no value`;
    proposed.push({ name: column.name, label: label(column.name), value, ...formatOf(column, found.use), reason: `${whole && !column.made ? `a part of ${oneLineOf(whole.name)}, so it adds up` : found.reason}${gaps}` });
  }
  const shares = pairs.map(({ part, whole }): ProposedMetric => ({
    name: `${part.name}_share`, label: `${label(part.name)}, share`, value: `sum(${columnText(part.name)}) / sum(${columnText(whole.name)})`, format: '.1%', reason: `never more than ${wordsOf(whole.name).join(' ')} in ${count(rows)} rows`,
  }));
  const all = [...shares, ...proposed].slice(0, MOST);
  if (all.length === 0) all.push({ name: 'rows', label: 'Rows', value: 'count()', format: ',d', reason: 'no column is a number to add up or to average' });
  const names = safeNames(all.map(({ name }) => name));
  return all.map((metric, index) => ({ ...metric, name: names[index]! }));
}
