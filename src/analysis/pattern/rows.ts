import { isNumeric, kindOf } from '../../snapshot/types.ts';
import type { Cell, Profile } from '../comparison/comparison.ts';
import { valueOf } from '../comparison/profile.ts';
import { isModified, type HeldPair, type SideName } from '../comparison/sql.ts';
import { pairsOfKey, type RowDifferences, type Tables } from '../comparison/tables.ts';
import type { Condition, RowKind, RowPattern } from './pattern.ts';

/** Columns that are looked at: the first ones. */
const MOST_COLUMNS = 64;
/** Candidates that are counted over all rows, of each kind of rows. */
const MOST_CANDIDATES = 8;
/** The same of two columns together. */
const MOST_JOINED = 12;
/** Rows that are looked at before all are. */
const FIRST = 20_000;
/** One row has something in common with itself; a few have by chance what others have too. */
const FEWEST = { only: 2, among: 3, both: 4 };
/** Different values of one column that are told together. */
const MOST_VALUES = 3;
/** Longer texts are no values that a sentence could name. */
const LONGEST = 200;

/** A kind of rows that differ. */
interface RowGroup {
  rows: RowKind;
  count: number;
  /** Where its rows are, and the other side. */
  side: SideName;
  other: SideName;
  /** Of `diff`. */
  where: string;
  pairs: readonly HeldPair[];
}

/** What may be said of the rows, before the others are looked at. */
interface Candidate {
  of: RowGroup;
  /** The columns that it speaks of. */
  pairs: readonly HeldPair[];
  conditions: readonly Condition[];
  /** It says something where others meet it too, if they are the smaller part. */
  isTold: boolean;
  /** True of a row of this side that meets it too. */
  test: (side: SideName) => string;
  /** A range with one end less, which may do beside another condition. */
  open?: readonly Candidate[];
}

/** A candidate that says something. */
interface JudgedCandidate extends Candidate {
  only: boolean;
  /** Rows of their side that meet it. */
  own: number;
}

/** One sentence at most about a value and one about a range, of each kind of rows; or one about two columns together. */
export async function rowPatterns(tables: Tables, found: RowDifferences): Promise<RowPattern[]> {
  const kinds = kindsOf(tables, found).filter(({ count }) => count >= FEWEST.only);
  const candidates: Candidate[] = [];
  for (const rows of kinds) candidates.push(...(await candidatesOf(tables, found, rows)));
  const told = await judged(tables, found, candidates);
  const patterns: RowPattern[] = [];
  const open: RowGroup[] = [];
  for (const rows of kinds) {
    const own = told.filter(({ of }) => of === rows).map((one) => ({ ...one, pattern: patternOf(one) }));
    const value = own.find(({ pattern, only }) => pattern.kind === 'value' && only)?.pattern ?? (await goneValues(tables, found, rows)) ?? own.find(({ pattern }) => pattern.kind === 'value')?.pattern;
    const isOnly = value?.kind === 'value' && value.only;
    const isNumber = ({ pairs }: Candidate): boolean => pairs.some((pair) => isNumeric(typeIn(tables, pair, rows.side)));
    // Of few rows, the numbers too lie somewhere: where a value tells the rows from all others, that says nothing more.
    const range = own.find((one) => one.pattern.kind === 'range' && (isOnly ? one.only && !isNumber(one) : true));
    if (!isOnly && !range?.only) open.push(rows);
    patterns.push(...[value, range?.pattern].filter((one) => one !== undefined));
  }
  const both = await bothPatterns(tables, found, open, candidates);
  return [...both, ...patterns.filter((one) => one.kind === 'both' || !both.some(({ rows }) => rows === one.rows))];
}

function patternOf({ of: { rows, count }, conditions, only }: JudgedCandidate): RowPattern {
  const first = conditions[0]!;
  if (conditions.length > 1) return { kind: 'both', rows, count, conditions: [...conditions] };
  return first.kind === 'value' ? { kind: 'value', rows, count, column: first.column, values: first.values, only } : { kind: 'range', rows, count, column: first.column, from: first.from, to: first.to, only };
}

/**
 * Of rows that no condition tells from all others, two that do together: the one of fewest columns with numbers, then the
 * first. Two ranges of a few rows would do that by chance.
 */
async function bothPatterns(tables: Tables, found: RowDifferences, open: readonly RowGroup[], candidates: readonly Candidate[]): Promise<RowPattern[]> {
  const joined = open.filter(({ count }) => count >= FEWEST.both).flatMap((rows) => {
    const own = candidates.filter(({ of }) => of === rows).flatMap((one) => [...(one.open ?? []), one]);
    const isValue = ({ conditions }: Candidate): boolean => conditions[0]!.kind === 'value';
    const pairs = own.flatMap((one, index) => own.slice(index + 1).map((other) => [one, other].toSorted((a, b) => Number(isValue(b)) - Number(isValue(a))) as [Candidate, Candidate]));
    return pairs.filter(([one]) => isValue(one)).slice(0, MOST_JOINED).map(([one, other]): Candidate => ({
      of: rows, pairs: [...one.pairs, ...other.pairs], conditions: [...one.conditions, ...other.conditions], isTold: false, test: (side) => `${one.test(side)} AND ${other.test(side)}`,
    }));
  });
  const told = await judged(tables, found, await unrefuted(tables, joined));
  return open.flatMap((rows) => told.filter(({ of }) => of === rows).slice(0, 1).map(patternOf));
}

function kindsOf({ pairs, key }: Tables, { key: { mode }, rows, columns }: RowDifferences): RowGroup[] {
  const looked = pairs.slice(0, MOST_COLUMNS);
  if (mode !== 'keyed') {
    // A class of doubles has more than one of them.
    const exact = looked.filter(({ comparing }) => comparing !== 'double');
    return [
      { rows: 'removed', count: rows.removed, side: 'base', other: 'head', where: 'excess < 0', pairs: exact },
      { rows: 'added', count: rows.added, side: 'head', other: 'base', where: 'excess > 0', pairs: exact },
    ];
  }
  const keyed = pairsOfKey(pairs, key);
  const others = pairs.filter((pair) => !keyed.includes(pair));
  const isSame = ({ name }: HeldPair): boolean => columns.some((column) => column.name === name && (column.changed ?? 0) + (column.withinTolerance ?? 0) === 0);
  return [
    { rows: 'removed', count: rows.removed, side: 'base', other: 'head', where: 'h IS NULL', pairs: looked },
    { rows: 'added', count: rows.added, side: 'head', other: 'base', where: 'b IS NULL', pairs: looked },
    { rows: 'changed', count: rows.modified, side: 'base', other: 'base', where: isModified([...others.keys()]), pairs: looked.filter(isSame) },
  ];
}

/** The smallest and largest value of each column, over all rows of a kind; they stay in a table, since a value is no text of SQL. */
async function candidatesOf(tables: Tables, found: RowDifferences, rows: RowGroup): Promise<Candidate[]> {
  const { side, where, pairs, count } = rows;
  const open = pairs.filter((pair) => isOpen(profileOf(found, pair, side)));
  if (open.length === 0) return [];
  const marks = `${rows.rows}_rows`;
  const values = open.map((pair, index) => `min(${valueIn(tables, side, pair)}) AS lo${index}, max(${valueIn(tables, side, pair)}) AS hi${index}, count(${side}.c${pair[side]}) AS n${index}`);
  await tables.query(`CREATE OR REPLACE TEMP TABLE ${marks} AS SELECT ${values.join(', ')} FROM ${rowsSql(rows, where)}`);
  const [row] = await tables.query(`SELECT ${open.map((_, index) => `lo${index}, hi${index}, n${index}, lo${index} = hi${index}`).join(', ')} FROM ${marks}`);
  const candidates = open.flatMap((pair, index): Candidate[] => {
    const [lo = null, hi = null, some, same] = row!.slice(4 * index, 4 * index + 4);
    if ([lo, hi].some((text) => text !== null && text.length > LONGEST)) return [];
    const value = (name: SideName): string => valueIn(tables, name, pair);
    if (some === '0' || (Number(some) === count && same === 'true')) {
      return [{ of: rows, pairs: [pair], conditions: [{ kind: 'value', column: pair.name, values: [lo] }], isTold: count >= FEWEST.among, test: (name) => `${value(name)} IS NOT DISTINCT FROM ${marks}.lo${index}` }];
    }
    if (Number(some) < count) return [];
    const range = rangeOf(profileOf(found, pair, side)!, typeIn(tables, pair, side), lo, hi);
    if (range === null || (!isTime(typeIn(tables, pair, side)) && (rows.rows === 'changed' || count < FEWEST.among))) return [];
    const within = (range: { from: Cell; to: Cell }): Candidate => ({
      of: rows, pairs: [pair], conditions: [{ kind: 'range', column: pair.name, ...range }], isTold: isTime(typeIn(tables, pair, side)) && count >= FEWEST.among,
      test: (name) => [...(range.from === null ? [] : [`${value(name)} >= ${marks}.lo${index}`]), ...(range.to === null ? [] : [`${value(name)} <= ${marks}.hi${index}`])].join(' AND '),
    });
    const isClosed = range.from !== null && range.to !== null;
    return [{ ...within(range), ...(isClosed && { open: [within({ ...range, to: null }), within({ ...range, from: null })] }) }];
  });
  return candidates.slice(0, MOST_CANDIDATES);
}

/** Days and times lie anywhere; of numbers, a filter takes those at one end away. Null where the range says nothing. */
function rangeOf({ min, max }: Profile, type: string, lo: Cell, hi: Cell): { from: Cell; to: Cell } | null {
  if (!isTime(type) && !isNumeric(type)) return null;
  if (min === null || max === null || [lo, hi].some((text) => text === null || /inf|nan/i.test(text))) return null;
  const [from, to] = [lo === min ? null : lo, hi === max ? null : hi];
  if ((from === null && to === null) || (!isTime(type) && from !== null && to !== null)) return null;
  return { from, to };
}

/** Those that the first rows do not speak against: no row of the other side meets them, or of the base no other than changed ones. */
async function unrefuted(tables: Tables, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  const kept: Candidate[] = [];
  for (const [of, own] of Map.groupBy(candidates, (one) => one.of)) {
    const first = `(FROM ${of.other} WHERE rowid < ${FIRST}) AS ${of.other}`;
    const met = of.rows === 'changed' ? `(SELECT count(*) FROM diff WHERE ${of.where} AND b < ${FIRST})` : '0';
    const asked = own.filter(({ pairs }) => of.other === of.side || pairs.every((pair) => isOneType(tables, pair)));
    if (asked.length === 0) continue;
    const [row] = await tables.query(`SELECT ${asked.map(({ test }) => `count(*) FILTER (${test(of.other)}) = ${met}`).join(', ')} FROM ${first}, ${of.rows}_rows`);
    kept.push(...asked.filter((_, index) => row![index] === 'true'));
  }
  return kept;
}

/** Counts who else meets them, on both sides: a statement a side. The most telling first. */
async function judged(tables: Tables, found: RowDifferences, candidates: readonly Candidate[]): Promise<JudgedCandidate[]> {
  const counted = new Map<Candidate, { base?: number; head?: number }>(candidates.map((one) => [one, {}]));
  for (const side of ['base', 'head'] as const) {
    const asked = candidates.filter((one) => one.of.side === side || (one.of.other === side && one.pairs.every((pair) => isOneType(tables, pair))));
    if (asked.length === 0) continue;
    const marks = [...new Set(asked.map(({ of }) => `${of.rows}_rows`))];
    const [row] = await tables.query(`SELECT ${asked.map(({ test }) => `count(*) FILTER (${test(side)})`).join(', ')} FROM ${[side, ...marks].join(', ')}`);
    for (const [index, one] of asked.entries()) counted.get(one)![side] = Number(row![index]);
  }
  const told = candidates.flatMap((one): JudgedCandidate[] => {
    const { of, isTold } = one;
    const own = counted.get(one)![of.side]!;
    const only = of.rows === 'changed' ? own === of.count : counted.get(one)![of.other] === 0;
    const all = found.rows[of.side];
    return own < all && (only || (isTold && own * 2 <= all)) ? [{ ...one, only, own }] : [];
  });
  // A number that grows from row to row says less than a day, and where both are true is all the same.
  const numbers = ({ of, pairs }: Candidate): number => pairs.filter((pair) => isNumeric(typeIn(tables, pair, of.side))).length;
  return told.sort((a, b) => Number(b.only) - Number(a.only) || numbers(a) - numbers(b) || a.own - b.own);
}

/** A column that has a few values less, and all rows that are gone had one of them; the other way round for new ones. */
async function goneValues(tables: Tables, found: RowDifferences, rows: RowGroup): Promise<RowPattern | undefined> {
  const { side, other, where, count } = rows;
  const fewer = (pair: HeldPair): number => (profileOf(found, pair, side)?.distinct ?? 0) - (profileOf(found, pair, other)?.distinct ?? 0);
  const asked = rows.pairs.filter((pair) => pair.comparing === 'exact' && isOneType(tables, pair) && fewer(pair) >= 1 && fewer(pair) <= MOST_VALUES && isOpen(profileOf(found, pair, side)));
  for (const pair of asked.slice(0, MOST_VALUES)) {
    const had = `SELECT DISTINCT ${valueIn(tables, side, pair)} AS v FROM ${rowsSql(rows, where)}`;
    const told = await tables.query(`WITH had AS MATERIALIZED (${had}) SELECT v, (SELECT count(*) FROM ${other} WHERE ${valueIn(tables, other, pair)} IN (SELECT v FROM had)) FROM had ORDER BY v LIMIT ${MOST_VALUES + 1}`);
    const values = told.map(([value = null]) => value);
    const isOther = valuesOf(profileOf(found, pair, side)) > values.length;
    const isNamed = isOther && values.length <= MOST_VALUES && values.every((value) => value !== null && value.length <= LONGEST);
    if (isNamed && told[0]![1] === '0') return { kind: 'value', rows: rows.rows, count, column: pair.name, values, only: true };
  }
  return undefined;
}

function rowsSql({ side }: RowGroup, where: string): string {
  return `(FROM diff WHERE ${where}) AS d JOIN ${side} ON ${side}.rowid = d.${side === 'base' ? 'b' : 'h'}`;
}

function valueIn(tables: Tables, side: SideName, pair: HeldPair): string {
  return valueOf(tables[side].columns[pair[side]]!, `${side}.c${pair[side]}`, tables[side].types[pair[side]]!);
}

function typeIn(tables: Tables, pair: HeldPair, side: SideName): string {
  return tables[side].columns[pair[side]]!.type;
}

function isTime(type: string): boolean {
  return ['date', 'timestamp'].includes(kindOf(type));
}

function isOneType(tables: Tables, pair: HeldPair): boolean {
  return typeIn(tables, pair, 'base') === typeIn(tables, pair, 'head');
}

function profileOf({ columns }: RowDifferences, { name }: HeldPair, side: SideName): Profile | null {
  return columns.find((column) => column.name === name && column.comparing !== null)?.[side] ?? null;
}

/** It has more than one value, so that having one of them says something. */
function isOpen(profile: Profile | null): boolean {
  return valuesOf(profile) > 1;
}

/** Different ones, of which no value is one. */
function valuesOf(profile: Profile | null): number {
  return profile === null ? 0 : profile.distinct + (profile.nulls > 0 ? 1 : 0);
}
