import type { Expression } from '../../report/metric.ts';
import type { Metric, Report } from '../../report/report.ts';
import { digestJson } from '../../snapshot/canonical.ts';
import type { Row } from '../../snapshot/csv.ts';
import { evaluateMetrics } from '../../snapshot/evaluate.ts';
import type { Column, Inputs, Manifest, MetricValue } from '../../snapshot/manifest.ts';
import { resultType, typeText } from '../../snapshot/numeric.ts';
import { isComplete, periodOf } from '../../snapshot/period.ts';
import { kindOf } from '../../snapshot/types.ts';
import { ifComputable } from '../facts/definition-change.ts';
import { differenceOf } from './amount.ts';
import { breakdownOf, type Breakdown } from './breakdown.ts';
import type { MetricSide } from './swap.ts';

/**
 * How it is known what the old definition says of the new inputs:
 * `same-definition`: it is the new one. `same-inputs`: the inputs are the old ones. `from-kept-rows`: the query and all it rests on
 * are the same, so that the kept rows are what the old definition would have got. `replayed`: it was run on them.
 * `recorded`: the ledger says what came of it then. `unknown`: what came from data and what from the definition cannot be told apart.
 */
export type Method = 'same-definition' | 'same-inputs' | 'from-kept-rows' | 'replayed' | 'recorded' | 'unknown';

/** Parts of what people write that can change a number. */
export type ChangedPart = 'definition' | 'query' | 'parameters' | 'reading' | 'sources';

/** A metric's value with the rows that it came from; `side` is null where its definition is not known. */
export interface Measured {
  value: MetricValue;
  side: MetricSide | null;
}

/** A commit that changed what is asked. Texts are people's. */
export interface DefinitionCommit {
  commit: string;
  author: string;
  /** ISO 8601. */
  time: string;
  subject: string;
}

/** Where a metric's move from one snapshot to another came from. Amounts are text, exact but for doubles. */
export interface Attribution {
  report: string;
  metric: string;
  /** Citations. */
  base: string;
  head: string;
  /** What it is measured against: the earlier as-of, or where both have the same, the version. */
  since: string;
  before: MetricValue;
  after: MetricValue;
  /** By the old definition on the new inputs. */
  middle: MetricValue | null;
  /** Null where a value is missing. */
  total: string | null;
  data: string | null;
  definition: string | null;
  method: Method;
  /** Of the move by new data, by another definition, or (where these cannot be told apart) of all of it. */
  breakdowns: { of: 'data' | 'definition' | 'total'; breakdown: Breakdown }[];
  changed: ChangedPart[];
  /** Where the engine changed; its share is not known, and stands in `data`. */
  engine: { from: string; to: string } | null;
  commits: DefinitionCommit[];
  /** What is to be said besides, in sentences. */
  notes: string[];
}

type Split = Pick<Attribution, 'before' | 'after' | 'middle' | 'total' | 'data' | 'definition' | 'method' | 'breakdowns'>;

/**
 * Splits a move in two: before → middle came from data, middle → after from the definition.
 * @param middle null where it is not known; its rows may be unknown while its value is known
 * @param by each of the column lists that the move is broken down by
 */
export function splitMove(before: Measured, after: Measured, middle: Measured | null, method: Method, by: readonly (readonly string[])[]): Split {
  const total = differenceOf(before.value, after.value);
  const data = middle && differenceOf(before.value, middle.value);
  const definition = middle && differenceOf(middle.value, after.value);
  const known = total === null || data === null || definition === null ? 'unknown' : method;
  const broken = (of: 'data' | 'definition' | 'total', from: MetricSide | null, to: MetricSide | null): Split['breakdowns'] =>
    from && to ? by.flatMap((columns) => breakdownOf(from, to, columns) ?? []).map((breakdown) => ({ of, breakdown })) : [];
  const breakdowns = total === null ? [] : known === 'unknown' || !middle?.side ? broken('total', before.side, after.side) : [
    ...(method === 'same-inputs' ? [] : broken('data', before.side, middle.side)),
    ...(method === 'same-definition' ? [] : broken('definition', middle.side, after.side)),
  ];
  return { before: before.value, after: after.value, middle: middle?.value ?? null, total, data: known === 'unknown' ? null : data, definition: known === 'unknown' ? null : definition, method: known, breakdowns: breakdowns.filter(({ breakdown }) => breakdown.parts.length > 0) };
}

/** What people wrote and what differs in it; the as-of is what a run is asked, not how. */
export function changedParts(before: Inputs, after: Inputs): ChangedPart[] {
  const readings = new Map(before.sources.map(({ name, reading }) => [name, reading]));
  const names = (inputs: Inputs): string => digestJson(Object.fromEntries(inputs.sources.map(({ name }) => [name, true])));
  const differs: { [part in ChangedPart]: boolean } = {
    definition: before.definition !== after.definition,
    query: before.query !== after.query,
    parameters: declared(before) !== declared(after),
    reading: after.sources.some(({ name, reading }) => readings.has(name) && readings.get(name) !== reading),
    sources: names(before) !== names(after),
  };
  return (Object.keys(differs) as ChangedPart[]).filter((part) => differs[part]);
}

function declared({ parameters }: Inputs): string {
  return digestJson(Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'as_of')));
}

/** Whether both runs were asked for the same as-of and read the same bytes in the same way. */
export function isSameData(before: Inputs, after: Inputs): boolean {
  const read = ({ sources, parameters }: Inputs): string => digestJson([parameters['as_of'], Object.fromEntries(sources.map((source) => [source.name, source]))]);
  return read(before) === read(after);
}

/** Both engines as `DuckDB 1.4.1 (threads 1)`; null where name, version and settings are the same. */
export function engineChange(before: Inputs, after: Inputs): Attribution['engine'] {
  if (digestJson(before.engine) === digestJson(after.engine)) return null;
  const words = ({ engine: { name, version, settings } }: Inputs): string => `${name} ${version} (${Object.entries(settings).map((pair) => pair.join(' ')).join(', ')})`;
  return { from: words(before), to: words(after) };
}

/** The rows of a metric's period; all of them for a report without `time`. */
function sideOf(expression: Expression, columns: readonly Column[], rows: readonly Row[], time: Report['time'], period: string | null): MetricSide | null {
  if (!time) return { expression, columns, rows };
  const at = columns.findIndex(({ name }) => name === time.column);
  if (at < 0) return null;
  return { expression, columns, rows: period === null ? [] : rows.filter((row) => row[at] != null && periodOf(row[at], time.period) === period) };
}

/** A kept metric with its rows. `metric` is null where its definition is not known. */
export function measured(value: MetricValue, metric: Metric | null, time: Report['time'], columns: readonly Column[], rows: readonly Row[]): Measured {
  return { value, side: metric && sideOf(metric.expression, columns, rows, time, value.period) };
}

/** The headline that a definition has of kept rows, as a run computes it; null where it cannot be computed from them. */
export function measureKept({ name, expression }: Metric, time: Report['time'], { columns, as_of: asOf }: Pick<Manifest, 'columns' | 'as_of'>, rows: readonly Row[]): Measured | null {
  return ifComputable(() => {
    const type = typeText(resultType(expression, columns));
    const at = time ? columns.findIndex((column) => column.name === time.column) : -1;
    if (time && at < 0) return null;
    const periods = time ? [...new Set(rows.map((row) => row[at] ?? null))].flatMap((cell) => (cell === null ? [] : (periodOf(cell, time.period) ?? []))) : [];
    const period = time ? (periods.filter((start) => isComplete(start, time.period, asOf)).sort().at(-1) ?? null) : null;
    const side = sideOf(expression, columns, rows, time, period)!;
    const value = time && period === null ? null : evaluateMetrics([expression], columns, side.rows)[0]!;
    return { value: { name, type, period, value }, side };
  });
}

/**
 * The columns to break a move down by, each alone: the report's dimensions, else those of its key that hold text. Neither
 * time, whose values differ from snapshot to snapshot anyway, nor what says something of a person.
 */
export function dimensionsOf({ dimensions, key, time, personal }: Pick<Report, 'dimensions' | 'key' | 'time' | 'personal'>, columns: readonly Column[]): string[] {
  const usable = (name: string): boolean => name !== time?.column && !personal.includes(name) && columns.some((column) => column.name === name);
  const declaredOnes = Object.keys(dimensions).filter(usable);
  return declaredOnes.length > 0 ? declaredOnes : key.filter((name) => usable(name) && kindOf(columns.find((column) => column.name === name)!.type) === 'text');
}

/** The columns that name a row whatever its time; none where a dimension alone does, or a row says something of a person. */
export function rowColumnsOf(report: Pick<Report, 'dimensions' | 'key' | 'time' | 'personal'>, columns: readonly Column[]): string[] {
  if (report.personal.length > 0) return [];
  const names = report.key.filter((name) => name !== report.time?.column && columns.some((column) => column.name === name));
  const dimensions = dimensionsOf(report, columns);
  return names.length === 1 && dimensions.includes(names[0]!) ? [] : names;
}
