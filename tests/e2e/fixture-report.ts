import { createHash } from 'node:crypto';
import type { ChartFacts, ColumnFacts, MetricFacts, Point, ReportFacts, SnapshotFacts } from '../../src/analysis/facts/facts.ts';
import { changesOf } from '../../src/analysis/facts/trend.ts';
import { citation, pathsOf, type SnapshotName } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';

export function digest(text: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Days from 1 January 2001, with a week's rhythm and a slow drift; `gaps` drops every so many days. */
export function daily(days: number, base: number, { seed = 0, gaps = 0 }: { seed?: number; gaps?: number } = {}): Point[] {
  return Array.from({ length: days }, (_, index) => ({
    period: new Date(Date.UTC(2001, 0, 1 + index)).toISOString().slice(0, 10),
    value: gaps > 0 && index % gaps === gaps - 1 ? null
      : Math.round(base * (1 + 0.12 * Math.sin(((index + seed) * 2 * Math.PI) / 7) + 0.1 * Math.sin((index + seed * 13) / 31)) * 1000) / 1000,
  }));
}

export function metric(name: string, series: Point[], more: Partial<MetricFacts> = {}): MetricFacts {
  const step = more.step ?? 'day';
  const last = series.at(-1) ?? null;
  return {
    name, label: name, format: ',.4~g', unit: null, better: null, target: null, description: null,
    headline: last && { period: last.period, value: last.value, text: last.value === null ? null : String(last.value) },
    series, step, changes: changesOf(series, series.length - 1, step, more.better ?? null), ...more,
  };
}

export function lineChart(from: MetricFacts, more: Partial<ChartFacts> = {}): ChartFacts {
  return {
    type: 'line', title: from.label, x: { label: from.step, kind: 'time' },
    y: { label: from.label, format: from.format, unit: from.unit, target: from.target },
    series: [{ name: null, points: from.series.map(({ period, value }) => ({ x: period, y: value })) }], omitted: 0, ...more,
  };
}

export function barChart(title: string, values: [string, number | null][], more: Partial<ChartFacts> = {}): ChartFacts {
  return {
    type: 'bar', title, x: { label: 'Airport', kind: 'category' }, y: { label: 'Flights', format: ',d', unit: null, target: null },
    series: [{ name: null, points: values.map(([x, y]) => ({ x, y })) }], omitted: 12, ...more,
  };
}

export function column(name: string, kind: ColumnFacts['kind'], type: string, more: Partial<ColumnFacts> = {}): ColumnFacts {
  return { name, type, kind, label: name, format: null, unit: null, key: false, ...more };
}

/** Reports whose compare pages have files beside them. */
export const COMPARED = ['aviation/flights-0', 'hazards/hostile'];

/** Against the snapshot before: a row more; those that have another version, and every tenth, restate what was published. */
function changeOf(name: SnapshotName, base: SnapshotName | undefined, restates: boolean): ChangeRecord {
  const { report: id, asOf, version } = name;
  const record = { report: id, as_of: asOf, version, base: base ? citation(base) : null };
  if (!base || !restates) return { ...record, rows: { entered: base ? 1 : 181, modified: 0, deleted: 0, left: 0 }, restated: null };
  return {
    ...record, rows: { entered: 1, modified: 2, deleted: 1, left: 0 },
    restated: {
      periods: { from: '2001-06-01', to: asOf }, rows: { added: 1, removed: 1, modified: 62 }, metrics: 3,
      first_rows: [
        { kind: 'modified', key: { date: '2001-06-03', origin: '<script>window.hacked=1</script>' }, cells: [{ column: 'flights', before: '512', after: '518' }, { column: 'amount', before: '1234567890.12', after: null }] },
        { kind: 'modified', key: { date: '2001-06-03', origin: 'القاهرة' }, cells: [{ column: 'note', before: '', after: 'A very long text that goes on and on, past the end of any line that a phone can show, without an end in sight' }] },
        { kind: 'removed', row: { date: '2001-06-04', origin: 'SEA', flights: '9' } },
      ],
      first_metrics: [{ name: 'flights', period: asOf, before: '1234567890.12', after: '1234567899.5' }, { name: 'on_time', period: '2001-06-03', before: '0.812', after: '0.809' }],
    },
  };
}

/** A snapshot a day for the last `days` as-ofs, newest first; one of them restated, the oldest ones retired, one of those erased. */
function history(id: string, metrics: MetricFacts[], days: number): SnapshotFacts[] {
  const periods = (metrics[0]?.series ?? []).slice(-days).map(({ period }) => period.slice(0, 10));
  const names = [...new Set(periods)].reverse().flatMap((asOf, index): SnapshotName[] =>
    (index === 1 ? [{ report: id, asOf, version: 2 }, { report: id, asOf, version: 1 }] : [{ report: id, asOf, version: 1 }]));
  return names.map((name, index) => ({
    citation: citation(name), asOf: name.asOf, version: name.version, data: digest(`data ${id} ${index}`),
    manifest: digest(`manifest ${id} ${index}`), sequence: Math.max(1, 140 - index), time: '2001-07-01T06:12:00Z', rows: 181, files: pathsOf(name),
    approved: index === 2 ? { sequence: 140, time: '2001-07-02T06:12:00Z' } : null, change: index === 5 ? null : changeOf(name, names[index + 1], index === 0 || index === 1 || index % 10 === 0),
    retired: index > 40 ? { commit: '0123456789abcdef0123456789abcdef01234567' } : null, erased: index === 45 ? { time: '2001-07-03T06:12:00Z', sequence: 140, reason: 'request', ticket: 'PRIV-7' } : null, beside: index < 12 && COMPARED.includes(id), code: index === 0 ? null : '0123456789abcdef0123456789abcdef01234567', inputs: 0,
    metrics: metrics.map(({ name: of, series }) => {
      const value = series.find(({ period }) => period.startsWith(name.asOf))?.value ?? null;
      return { name: of, value, text: value === null ? null : String(value), period: name.asOf };
    }),
  }));
}

export function report(id: string, more: Partial<ReportFacts> = {}): ReportFacts {
  const metrics = more.metrics ?? [];
  const kept = more.history ?? history(id, metrics, 75);
  return {
    id, title: id, team: id.split('/')[0]!, description: 'What it shows, in one or two sentences.', status: 'current', asOf: kept[0]?.asOf ?? null,
    nextDue: '2001-07-01T10:00:00Z', timezone: 'America/New_York', failure: null, metrics, local: false, owner: 'team@example.org',
    reader: 'The operations desk', decision: 'Whether to add staff at the weekend', schedule: 'At 06:00, every day (New York)', cron: '0 6 * * *',
    narrative: null, snapshot: kept[0] ?? null, columns: [], rows: [], rowCount: 0, charts: [], part: null, checks: [], sql: 'SELECT 1', parameters: {}, history: kept, snapshots: kept.length, definition: { current: true, commit: null }, withheld: null, unpublished: [], key: [], renames: {}, queryFile: `queries/${id}.sql`,
    inputs: [[{ name: 'flights', files: [{ path: 'node_modules/vega-datasets/data/flights-3m.parquet', bytes: 13_200_000, sha256: digest('file') }], more: 0 }]],
    lastRun: kept.length === 0 ? null : { time: '2001-07-01T06:12:00Z', sequence: 140, run: {
      report: id, slot: '2001-07-01T10:00Z', requested: '2001-06-30', as_of: '2001-06-30', status: 'succeeded', attempts: 1, milliseconds: 120,
      definition: digest('definition'), inputs: digest('inputs'), data: digest('data'), error: null, warnings: [],
    } },
    sources: [{
      name: 'flights', reading: digest('reading'), files: [{ path: 'node_modules/vega-datasets/data/flights-3m.parquet', bytes: 13_200_000, sha256: digest('file') }],
      title: 'US domestic flights, January to June 2001', publisher: 'US Bureau of Transportation Statistics', license: 'Public domain', url: 'https://example.org/flights', archive: null, late: null,
    }],
    ...more,
  };
}

const NOUNS = ['Flights', 'Rainfall', 'Orders', 'Strikes', 'Sessions', 'Payroll', 'Demand', 'Refunds'];

/** What most reports look like: a row a day, three metrics, a line chart with a target and two more. */
export function regular(index: number, team: string): ReportFacts {
  const noun = NOUNS[index % NOUNS.length]!;
  const metrics = [
    metric('flights', daily(181, 16_000 / (1 + (index % 5)), { seed: index }).map(({ period, value }) => ({ period, value: Math.round(value!) })), { label: noun, format: ',d', better: 'higher' }),
    metric('on_time', daily(181, 0.78, { seed: index + 3 }), { label: 'On time', format: '.1%', better: 'higher', target: 0.8, description: 'Departures no more than 15 minutes after schedule, of all departures that took place.' }),
    metric('delay', daily(181, 7.2, { seed: index + 5 }), { label: 'Mean delay', format: '.1f', unit: 'min', better: 'lower' }),
  ];
  const [flights, onTime] = metrics as [MetricFacts, MetricFacts, MetricFacts];
  return report(`${team}/flights-${index}`, {
    title: index === 0 ? 'US flights by day' : `${noun} by day, region ${index}`, description: 'Departures, delay and punctuality of US domestic flights.', metrics,
    columns: [column('date', 'date', 'DATE', { key: true, label: 'Date' }), column('flights', 'number', 'BIGINT', { label: noun, format: ',d' }), column('on_time', 'number', 'DOUBLE', { label: 'On time', format: '.1%' }), column('delay', 'number', 'DOUBLE', { label: 'Mean delay', format: '.1f', unit: 'min' })],
    rows: flights.series.map(({ period }, row) => [period, ...metrics.map(({ series }) => String(series[row]!.value))]).reverse(), rowCount: 181,
    charts: index % 4 > 0 ? [lineChart(onTime)] : [
      lineChart(onTime, { title: 'Flights that left on time' }),
      lineChart(flights, { title: 'Flights by carrier', type: 'line', series: ['American', 'Delta', 'Southwest', 'United'].map((name, at) => ({ name, points: daily(181, 4000 - at * 300, { seed: at * 5, gaps: at === 2 ? 40 : 0 }).map(({ period, value }) => ({ x: period, y: value })) })) }),
      barChart('Flights by airport', [['ORD', 912], ['DFW', 845], ['ATL', 791], ['LAX', 640], ['PHX', 512], ['STL', 470], ['DTW', 420], ['MSP', 401], ['LAS', 385], ['Dallas Love Field (secondary)', 160]]),
      lineChart(flights, { title: 'Flights a day', type: 'bar', series: [{ name: null, points: flights.series.slice(-31).map(({ period, value }) => ({ x: period, y: value })) }] }),
    ],
    checks: [{ name: 'origin is never NULL', column: 'origin', operator: 'not_null', expected: 'no NULL', actual: '0 NULL', level: 'error', passed: true }],
    sql: 'SELECT date, count(*) AS flights,\n  avg(delay) AS delay\nFROM flights\nWHERE date <= $as_of\nGROUP BY date\nORDER BY date',
    key: ['date', 'origin'],
    ...(index === 2 ? { unpublished: [{ asOf: '2001-07-01', version: 1, standing: 'held', approvers: 2, sequence: 140, time: '2001-07-02T06:12:00Z' }, { asOf: '2001-06-12', version: 2, standing: 'rejected', approvers: 1, sequence: 120, time: '2001-06-13T06:12:00Z' }] } : {}),
    narrative: '**Punctuality held near its target** through June: the week ending 30 June is the third above 78%.\n\n- Fridays remain the weakest day; afternoon banks carry most of the delay.\n- Chicago and Dallas explain about half of all late departures.\n\n> Staffing for the July weekend should follow the Friday pattern, not the average.',
  });
}
