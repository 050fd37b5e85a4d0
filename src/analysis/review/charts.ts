import type { Report } from '../../report/report.ts';
import type { ChartSpec } from '../../report/schema.ts';
import type { Manifest } from '../../snapshot/manifest.ts';
import { chartFacts } from '../facts/chart-facts.ts';
import type { Rows } from '../facts/definition-change.ts';
import type { ChartFacts } from '../facts/facts.ts';
import { metricFacts, numberOf, type History } from '../facts/metric-facts.ts';
import { publicDefinition, withheldOf } from '../facts/withheld.ts';
import type { Backtest } from './backtest.ts';
import type { ReportReview } from './review.ts';

/** A chart of both sides at once. Series are told apart by their names too; those of one dimension's value have one `hue`. */
export interface Overlay extends Omit<ChartFacts, 'series'> {
  series: (ChartFacts['series'][number] & { side: 'base' | 'head' | 'published'; hue: number })[];
  /** Points of which both sides have a value, or one of them, and those that differ. */
  points: { all: number; differing: number };
}

/** What a report's definition makes of a result of its own. */
export interface SideNumbers {
  report: Report;
  latest: Pick<Manifest, 'as_of' | 'columns' | 'metrics'> & { rows: Pick<Manifest['rows'], 'sha256'> };
  rows: Rows;
  /** What readers have of other as-ofs: the series of a report without `time`. */
  history: History;
}

/** Metrics that have no chart of their own and whose series differs are drawn all the same, so many of them. */
const UNCHARTED = 4;

/**
 * The charts of both definitions, the head's first, each with the numbers of both results.
 * @param base null: the report is new; @param head null: it is gone
 */
export function overlays(base: SideNumbers | null, head: SideNumbers | null): Overlay[] {
  const drawers = { base: base && drawerOf(base), head: head && drawerOf(head) };
  const draw = (spec: ChartSpec): Overlay[] => {
    const [before, after] = drawnOfBoth(spec, drawers.base, drawers.head);
    return before || after ? [overlay(before, after)] : [];
  };
  const charted = new Map<string, ChartSpec>();
  for (const spec of [...(head?.report.charts ?? []), ...(base?.report.charts ?? [])]) if (!charted.has(idOf(spec))) charted.set(idOf(spec), spec);
  const drawn = [...charted.values()].flatMap(draw);
  if (!base || !head) return drawn;
  const others = head.report.metrics.map(({ name }): ChartSpec => ({ type: 'line', y: name, limit: 1 })).filter((spec) => !charted.has(idOf(spec)));
  return [...drawn, ...others.flatMap(draw).filter(({ points }) => points.differing > 0 && points.all > 1).slice(0, UNCHARTED)];
}

function idOf({ y, x, by }: Pick<ChartSpec, 'y' | 'x' | 'by'>): string {
  return JSON.stringify([y, x ?? null, by ?? null]);
}

type Drawer = (spec: ChartSpec) => ChartFacts | null;

/** Each side draws its largest values of a dimension. What one of them draws, both do: a value that is only smaller is not missing. */
function drawnOfBoth(spec: ChartSpec, base: Drawer | null, head: Drawer | null): [ChartFacts | null, ChartFacts | null] {
  const [before, after] = [base?.(spec) ?? null, head?.(spec) ?? null];
  if (!before || !after || before.omitted + after.omitted === 0) return [before, after];
  const shown = new Set([before, after].flatMap(valuesOf));
  const all = { ...spec, limit: Infinity };
  return [only(base!(all)!, shown), only(head!(all)!, shown)];
}

/** The values of its dimension that a chart draws. */
function valuesOf({ x, series }: ChartFacts): (string | null)[] {
  return x.kind === 'category' ? series.flatMap(({ points }) => points.map((point) => point.x)) : series.map(({ name }) => name);
}

function only(chart: ChartFacts, shown: ReadonlySet<string | null>): ChartFacts {
  const series = chart.x.kind === 'category' ? chart.series.map((one) => ({ ...one, points: one.points.filter(({ x }) => shown.has(x)) })) : chart.series.filter(({ name }) => shown.has(name));
  return { ...chart, series, omitted: valuesOf(chart).filter((value) => !shown.has(value)).length };
}

function drawerOf({ report, latest, rows, history }: SideNumbers): Drawer {
  const withheld = withheldOf(report, latest.rows.sha256);
  const metrics = metricFacts(report, latest, rows, history);
  return (spec) => {
    const open = publicDefinition({ ...report, charts: [spec] }, withheld);
    return open.charts.length === 0 ? null : chartFacts(open, spec, metrics, latest.columns, rows);
  };
}

/** The head's words, both sides' numbers; where none differs, they are drawn once. */
function overlay(base: ChartFacts | null, head: ChartFacts | null): Overlay {
  const chart = (head ?? base)!;
  const points = differences(base, head);
  const alone = !base || !head || points.differing === 0;
  const names = [...new Set([head, base].flatMap((side) => side?.series.map(({ name }) => name) ?? []))];
  const differing = new Set(names.filter((name) => differences(lineOf(base, name), lineOf(head, name)).differing > 0));
  const hues = [...names.filter((name) => differing.has(name)), ...names.filter((name) => !differing.has(name))];
  const seriesOf = (side: 'base' | 'head', facts: ChartFacts | null): Overlay['series'] => (facts?.series ?? []).map(({ name, points: own }) => ({ name: alone ? name : nameOf(name, side), points: own, side, hue: hues.indexOf(name) }));
  const series = alone ? seriesOf(head ? 'head' : 'base', chart) : [...seriesOf('head', head), ...seriesOf('base', base)];
  return { ...chart, omitted: Math.max(head?.omitted ?? 0, base?.omitted ?? 0), series: chart.x.kind === 'time' ? linesFirst(series, differing.size) : beforeFirst(barsFirst(series)), points };
}

function lineOf(side: ChartFacts | null, name: string | null): ChartSeries {
  return { series: (side?.series ?? []).filter((one) => one.name === name) };
}

/** A drawing names a few of its lines: those that differ. */
function linesFirst(series: Overlay['series'], differing: number): Overlay['series'] {
  return [...series.filter(({ hue }) => hue < differing), ...series.filter(({ hue }) => hue >= differing)];
}

/** Bars of the same places for both sides, in the order of the head's among those that differ and among the others. */
function barsFirst(series: Overlay['series']): Overlay['series'] {
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))];
  const values = series.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  const differs = (place: string): boolean => values.some((own) => own.has(place) !== values[0]!.has(place) || !isSame(own.get(place) ?? null, values[0]!.get(place) ?? null));
  const ordered = [...places.filter(differs), ...places.filter((place) => !differs(place))];
  return series.map((one, at) => ({ ...one, points: ordered.map((x) => ({ x, y: values[at]!.get(x) ?? null })) }));
}

/** Bars stand below one another, and are read downwards. */
function beforeFirst(series: Overlay['series']): Overlay['series'] {
  return [...series.filter(({ side }) => side === 'base'), ...series.filter(({ side }) => side !== 'base')];
}

function nameOf(name: string | null, side: 'base' | 'head'): string {
  if (name === null) return side === 'base' ? 'Before' : 'After';
  return side === 'base' ? `${name}, before` : name;
}

/** Doubles of one query and another may differ in their last digits. */
const NEAR = 1e-9;

type ChartSeries = Pick<ChartFacts, 'series'>;

function differences(base: ChartSeries | null, head: ChartSeries | null): Overlay['points'] {
  const numbersOf = (facts: ChartSeries | null): Map<string, number | null> => new Map((facts?.series ?? []).flatMap(({ name, points }) => points.map(({ x, y }) => [JSON.stringify([name, x]), y] as const)));
  const [before, after] = [numbersOf(base), numbersOf(head)];
  const places = [...new Set([...before.keys(), ...after.keys()])];
  return { all: places.length, differing: places.filter((place) => before.has(place) !== after.has(place) || !isSame(before.get(place) ?? null, after.get(place) ?? null)).length };
}

function isSame(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= NEAR * Math.max(Math.abs(a), Math.abs(b));
}

/** Metrics of a backtest that are drawn. */
const BACKTESTED = 6;
const SIDES = { head: 'After', base: 'Before', published: 'Published' } as const;

/** Metrics over the as-ofs of the past, as both definitions have them, and as readers have them where that is a third number; those that differ first, and what is all the same drawn once. */
export function backtestOverlays({ points: asOfs }: Backtest, metrics: ReportReview['metrics']): Overlay[] {
  const ordered = asOfs.toSorted((a, b) => (a.asOf < b.asOf ? -1 : 1));
  const names = [...new Set(ordered.flatMap((point) => point.metrics.map(({ name }) => name)))];
  const drawn = names.map((name): Overlay => {
    const { label, format, unit, target } = metrics.find((metric) => metric.name === name) ?? { label: name, format: ',.4~g', unit: null, target: null };
    const pointsOf = (side: keyof typeof SIDES): ChartFacts['series'][number]['points'] => ordered.map(({ asOf, metrics: own }) => ({ x: asOf, y: numberOf(own.find((metric) => metric.name === name)?.[side] ?? null) }));
    const lineOf = (side: keyof typeof SIDES): ChartSeries => ({ series: [{ name: null, points: pointsOf(side) }] });
    const isThird = pointsOf('published').some(({ y }) => y !== null) && differences(lineOf('published'), lineOf('base')).differing > 0;
    const points = differences(lineOf('base'), lineOf('head'));
    const sides = points.differing === 0 && !isThird ? (['head'] as const) : (['head', 'base', 'published'] as const).filter((side) => side !== 'published' || isThird);
    return {
      type: 'line', title: `${label}, backtested`, x: { label: 'as of', kind: 'time' }, y: { label, format, unit, target }, omitted: 0,
      series: sides.map((side) => ({ name: sides.length === 1 ? null : SIDES[side], points: pointsOf(side), side, hue: 0 })), points,
    };
  });
  const weight = ({ points, series }: Overlay): number => (points.differing > 0 ? 2 : Number(series.length > 1));
  return drawn.toSorted((a, b) => weight(b) - weight(a)).slice(0, BACKTESTED);
}
