import type { Period } from '../../report/schema.ts';
import { count } from '../../snapshot/count.ts';
import { formatFrom, formatOfName, nameWithoutFormat } from './evidence-format.ts';
import type { ImportFinding, PlannedReport, ShownComponent } from './import-plan.ts';
import { isNameable } from './key.ts';
import { columnText, proposeMetrics, useOf, type ProposedMetric } from './metrics.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import type { ReportProposal } from './propose.ts';
import { labelOf, oneLineOf, safeNames } from './words.ts';
import type { Written } from './write.ts';

type Doc = { [key: string]: Written };

const CHART_TYPES: { [component: string]: 'line' | 'area' | 'bar' } = { LineChart: 'line', AreaChart: 'area', BarChart: 'bar' };
const FIGURES = /^(BigValue|Value|Delta)$/;
const MOST_Y = 3;
const MOST_CHARTS = 8;
const NUMERIC: ReadonlySet<string> = new Set(['integer', 'decimal', 'double']);

/** What the page showed, of what its query gives. */
export interface Shape {
  /** Null where only tables were shown: then the columns suggest metrics. */
  metrics: ProposedMetric[] | null;
  /** Sets charts, labels and formats into a proposed report. */
  finish: (proposal: ReportProposal) => void;
  findings: ImportFinding[];
}

interface ChartAsked {
  type: 'line' | 'area' | 'bar';
  y: string;
  x: ColumnProfile | null;
  series: ColumnProfile | null;
  title: string | null;
  shown: ShownComponent;
}

/** Metrics, charts and labels from the components that showed a query. @param time the column and period of the history, or null */
export function shapeOf({ shown, page }: Pick<PlannedReport, 'shown' | 'page'>, profile: Profile, time: { column: string; period: Period } | null): Shape {
  const findings: ImportFinding[] = [];
  const find = (kind: ImportFinding['kind'], line: number, what: string, remedy: string): void => void findings.push({ kind, file: page, line, what, remedy });
  const byName = new Map(profile.columns.map((column) => [column.name.toLowerCase(), column]));
  const columnOf = (name: string | undefined): ColumnProfile | undefined => (name === undefined ? undefined : byName.get(name.toLowerCase()));
  const metrics = new Map<string, ProposedMetric>();
  const charts: ChartAsked[] = [];

  const metricOf = (column: ColumnProfile, { component, line, attributes }: ShownComponent, label: string | null, code: string | undefined): string | null => {
    const known = metrics.get(column.name);
    if (known) return known.name;
    if (!NUMERIC.has(column.kind) || !isNameable(column.name)) {
      find('decide', line, `<${component}> shows ${oneLineOf(column.name)}, which is ${column.kind === 'text' ? 'a text' : column.type}, and no metric`, 'The report has it in its table; count something, if it matters.');
      return null;
    }
    const given = code === undefined ? formatOfName(column.name) : formatFrom(code);
    if (code !== undefined && given === null) find('note', line, `the format ${oneLineOf(code, 40)} is not known here: a plain one is taken`, '');
    if (given?.note) find('note', line, `${oneLineOf(code ?? column.name, 40)}: ${given.note}`, '');
    const use = useOf(column)?.use ?? 'max';
    const proposed = useOf(column) ? proposeMetrics({ rows: profile.rows, columns: [column] }, [], [], new Map())[0] : undefined;
    // A mean may be whole in the few rows that there are.
    const inferred = proposed?.format === ',d' && column.kind !== 'integer' ? ',.2~f' : proposed?.format;
    const name = safeNames([...[...metrics.values()].map((one) => one.name), nameWithoutFormat(column.name)]).at(-1)!;
    metrics.set(column.name, {
      name, label: label ?? labelOf(nameWithoutFormat(column.name)), value: `${use}(${columnText(column.name)})`,
      format: given?.format ?? inferred ?? ',.4~g', ...(given?.unit ? { unit: given.unit } : given === null && proposed?.unit ? { unit: proposed.unit } : {}),
      ...(attributes.get('downIsGood') === 'true' ? { better: 'lower' as const } : {}),
      reason: `<${component}>, line ${line}${use === 'max' && useOf(column) === null ? ': one value a period; say sum() or mean() where there are more' : ''}`,
    });
    return name;
  };

  // What stood large comes first.
  for (const one of shown.filter(({ component }) => FIGURES.test(component)).toSorted((a, b) => Number(b.component === 'BigValue') - Number(a.component === 'BigValue'))) {
    const asked = one.attributes.get('value') ?? one.attributes.get('column') ?? profile.columns.find(({ kind }) => NUMERIC.has(kind))?.name;
    const column = columnOf(asked);
    if (column === undefined) find('decide', one.line, `<${one.component}> shows ${oneLineOf(asked ?? 'nothing')}, and the query gives no such column`, 'Name a column that it gives.');
    else if (metricOf(column, one, labelFrom(one.attributes.get('title')), one.attributes.get('fmt')) !== null && !isOneRowEach(profile, time)) {
      find('decide', one.line, `<${one.component}> shows the first of ${count(profile.rows)} rows, and a metric is of all rows${time ? ' of a period' : ''}`, 'Select the row in the query, or check that the metric is the number that readers want.');
    }
  }
  for (const one of shown.filter(({ component }) => Object.hasOwn(CHART_TYPES, component))) charts.push(...chartsOf(one));
  for (const { component, line } of shown.filter((one) => !FIGURES.test(one.component) && !Object.hasOwn(CHART_TYPES, one.component) && one.component !== 'DataTable')) {
    find('decide', line, `<${oneLineOf(component)}> has no counterpart: its rows stand in the report’s table`, 'Add a chart of a metric, if readers need one.');
  }
  return { metrics: metrics.size > 0 ? [...metrics.values()] : null, findings, finish };

  function chartsOf(one: ShownComponent): ChartAsked[] {
    const { attributes, line, component } = one;
    const x = columnOf(attributes.get('x')) ?? profile.columns[0];
    const series = columnOf(attributes.get('series')) ?? null;
    const listed = (text: string | undefined): string[] => text?.split(/[[\],]/).map((name) => name.trim().replace(/^["'`]|["'`]$/g, '')).filter(Boolean) ?? [];
    const asked = listed(attributes.get('y'));
    const found = asked.length > 0 ? asked.flatMap((name) => columnOf(name) ?? []) : profile.columns.filter((column) => NUMERIC.has(column.kind) && column !== x && column !== series);
    if (found.length < asked.length || x === undefined || found.length === 0) find('decide', line, `<${component}> draws columns that the query does not give`, 'Name columns that it gives.');
    if (found.length > MOST_Y) find('decide', line, `<${component}> draws ${found.length} columns, each a chart of its own here: ${MOST_Y} are taken`, 'Add charts for those that matter.');
    if (/stacked100/.test(attributes.get('type') ?? '')) find('note', line, 'bars stacked to 100 % are drawn as they are', '');
    const second = listed(attributes.get('y2')).flatMap((name) => columnOf(name) ?? []);
    const title = labelFrom(attributes.get('title'));
    const draw = (column: ColumnProfile, type: ChartAsked['type'], code: string | undefined, alone: boolean): ChartAsked[] => {
      const y = metricOf(column, one, null, code);
      return y === null || x === undefined ? [] : [{ type, y, x, series, title: alone ? title : null, shown: one }];
    };
    return [
      ...found.slice(0, MOST_Y).flatMap((column) => draw(column, CHART_TYPES[component]!, attributes.get('yFmt'), found.length === 1)),
      ...second.slice(0, 1).flatMap((column) => draw(column, attributes.get('y2SeriesType') === 'bar' ? 'bar' : 'line', attributes.get('y2Fmt'), false)),
    ];
  }

  function finish({ document, comments }: ReportProposal): void {
    const dimensions = { ...(document['dimensions'] as Doc | undefined) };
    /** A column that charts break down by is a dimension, or becomes one. */
    const asDimension = (column: ColumnProfile): string | null => {
      if (Object.hasOwn(dimensions, column.name)) return column.name;
      if (!/^(text|boolean)$/.test(column.kind) || !/^[a-z][a-z0-9_]*$/.test(column.name)) return null;
      dimensions[column.name] = { label: labelOf(column.name) };
      comments.set(`dimensions.${column.name}`, `${count(column.distinct)} different values; a chart is drawn by it`);
      if (document['columns']) delete (document['columns'] as Doc)[column.name];
      return column.name;
    };
    const drawn = new Map<string, Written>();
    for (const { type, y, x, series, title, shown: one } of charts.slice(0, MOST_CHARTS)) {
      const chart: Doc = { type, y };
      if (x !== null && x.name !== time?.column) {
        const name = asDimension(x);
        if (name === null) {
          find('decide', one.line, `<${one.component}> draws along ${oneLineOf(x.name)}, which is neither the report’s time nor a dimension`, /^(date|timestamp)$/.test(x.kind) ? 'Give the report this `time`.' : 'Cast it to a date in the query, give it a name of a-z, 0-9 and _, or make it a text.');
          continue;
        }
        Object.assign(chart, { type: 'bar', x: name });
        if (series) find('note', one.line, `bars by ${oneLineOf(name)} are not parted by ${oneLineOf(series.name)}`, '');
      } else if (series) {
        const by = asDimension(series);
        if (by !== null) chart['by'] = by;
      }
      drawn.set(JSON.stringify(chart), title === null ? chart : { ...chart, title });
    }
    if (drawn.size > 0) document['charts'] = [...drawn.values()];
    if (Object.keys(dimensions).length > 0) place(document, 'dimensions', dimensions, 'metrics');
    nameColumns(document);
  }

  /** Titles and formats that a table gave to its columns. */
  function nameColumns(document: Doc): void {
    for (const attributes of shown.flatMap((one) => one.columns)) {
      const column = columnOf(attributes.get('id'));
      if (column === undefined) continue;
      const label = labelFrom(attributes.get('title'));
      const format = NUMERIC.has(column.kind) ? formatFrom(attributes.get('fmt') ?? '') : null;
      for (const part of ['dimensions', 'columns']) {
        const entries = document[part] as { [name: string]: Doc } | undefined;
        if (entries && Object.hasOwn(entries, column.name)) Object.assign(entries[column.name]!, label === null ? {} : { label }, format === null ? {} : { format: format.format, ...(format.unit ? { unit: format.unit } : {}) });
      }
    }
  }
}

/** Sets a key where it is, or before another. */
function place(document: Doc, key: string, value: Written, before: string): void {
  const entries = Object.entries(document).filter(([name]) => name !== key);
  const at = entries.findIndex(([name]) => name === before);
  for (const [name] of entries) delete document[name];
  delete document[key];
  for (const [name, one] of [...entries.slice(0, Math.max(0, at)), [key, value] as const, ...entries.slice(Math.max(0, at))]) document[name] = one;
}

function labelFrom(text: string | undefined): string | null {
  const line = text === undefined || /[{}<>]/.test(text) ? '' : oneLineOf(text, 80).trim();
  return line === '' ? null : line;
}

/** One row, or one for each moment: then a metric is the number that the page showed. */
function isOneRowEach({ rows, columns }: Profile, time: { column: string } | null): boolean {
  return rows <= 1 || (time !== null && columns.find(({ name }) => name === time.column)?.distinct === rows);
}
