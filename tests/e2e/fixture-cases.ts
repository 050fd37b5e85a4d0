import type { ReportFacts } from '../../src/analysis/facts/facts.ts';
import { barChart, column, daily, digest, lineChart, metric, report } from './fixture-report.ts';

const HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">"\'`${1}';
const LONG = 'Departures, cancellations and diversions of domestic scheduled passenger services by marketing carrier and origin region';

function days(values: (number | null)[]): { period: string; value: number | null }[] {
  return values.map((value, index) => ({ period: new Date(Date.UTC(2001, 5, 30 - values.length + 1 + index)).toISOString().slice(0, 10), value }));
}

const seven = metric('seven', days([3, 7, 7]), { label: 'Open', format: ',d', better: 'lower' });
const huge = metric('huge', daily(181, 1_234_567_890.12).map((point, index) => (index === 180 ? { ...point, value: 1_234_567_890.12 } : point)), { label: 'Balance of all accounts at the close of business', format: ',.2f', unit: 'USD', better: 'higher' });
const missing = metric('missing', daily(181, 40, { gaps: 9 }).map((point, index) => (index === 180 ? { ...point, value: null } : point)), { label: 'Rain', format: '.1f', unit: 'mm' });
const failed = metric('failed', daily(150, 0.4), { label: 'Availability', format: '.2%', better: 'higher', target: 0.99 });
const monthly = metric('jobs', Array.from({ length: 120 }, (_, month) => ({ period: new Date(Date.UTC(1991, 6 + month, 1)).toISOString().slice(0, 10), value: 120_000 + month * 85 })), { label: 'People in work', format: ',d', unit: 'thousand', step: 'month', better: 'higher' });
const hourly = metric('hourly', Array.from({ length: 4000 }, (_, hour) => ({ period: new Date(Date.UTC(2001, 0, 14, hour)).toISOString().slice(0, 19) + 'Z', value: 280 + Math.round(60 * Math.sin(hour / 24)) + (hour % 24) })), { label: 'Heating demand', format: ',d', unit: 'MW', step: 'hour', better: 'lower' });
const zero = metric('zero', days([0, 0, 0, 0, 0, 0, 0, 0, 0, 5]), { label: 'Incidents', format: ',d', better: 'lower' });
const negative = metric('net', days([-4, -3.5, -2, -8]), { label: 'Net flow', format: ',.1f', better: 'higher' });
const hostile = metric('hostile', daily(60, 12), { label: HOSTILE, unit: '<b>', format: '.1f', description: HOSTILE });

/** Reports that break layouts and expectations, one difficulty each. */
export const HARD_CASES: ReportFacts[] = [
  report('aviation/bug', { title: 'Bug', description: 'A title of three characters and a value of one.', metrics: [seven], charts: [lineChart(seven)] }),
  report('economy/balance', { title: LONG, description: 'A title of 120 characters and a value of sixteen.', metrics: [huge, { ...huge, name: 'other', label: 'Other' }], charts: [lineChart(huge, { type: 'area' })] }),
  report('climate/rain', { title: 'Rain \u202ewith gaps', description: 'A title that turns the direction of writing \u2066round.', metrics: [missing], charts: [lineChart(missing), lineChart(missing, { type: 'dot', title: 'Rain, as dots' })] }),
  report('platform/uptime', {
    title: 'Uptime of the platform', metrics: [failed], charts: [lineChart(failed)], status: 'failed',
    failure: { code: 'source-broken', message: 'exports/uptime.csv: row 1,204 has 7 fields, 9 expected', time: '2001-07-01T06:12:00Z', sequence: 139 },
  }),
  report('platform/new', { title: 'A report that has not run', status: 'waiting', history: [], nextDue: '2999-07-01T06:00:00Z', timezone: 'UTC' }),
  report('economy/jobs', { title: 'People in work', metrics: [monthly], charts: [lineChart(monthly)], status: 'ended', nextDue: null }),
  report('wildlife/old', { title: 'Strikes, first edition', metrics: [negative], status: 'withdrawn', owner: '', description: '', schedule: '', sql: null, definition: { current: false, commit: '0123456789abcdef0123456789abcdef01234567' }, nextDue: null, failure: { code: 'unknown-key', message: 'reports/wildlife/old.yml:4: fromat', time: '2001-07-01T06:12:00Z', sequence: null } }),
  report('wildlife/gone', { title: 'wildlife/gone', team: '', metrics: [negative], status: 'withdrawn', owner: '', description: '', schedule: '', sql: null, definition: { current: false, commit: '0123456789abcdef0123456789abcdef01234567' }, nextDue: null }),
  report('wildlife/changed', { title: 'A definition that has changed since', metrics: [zero], sql: null, definition: { current: false, commit: '0123456789abcdef0123456789abcdef01234567' } }),
  report('energy/heating-hourly', { title: 'Heating by hour', metrics: [hourly], charts: [lineChart(hourly)] }),
  report('hazards/incidents', { title: 'Incidents from zero', metrics: [zero, negative], charts: [lineChart(negative, { type: 'bar' })] }),
  report('hazards/rtl', {
    title: 'تقرير يومي عن الرحلات الجوية', description: 'وصف قصير للتقرير.', metrics: [{ ...seven, label: 'الرحلات' }],
    charts: [barChart('By city', [['القاهرة', 1200], ['東京', 900], ['Ålesund', -300], ['', 12], ['A name far too long for any axis to hold', null]], { type: 'bar' })],
  }),
  report('hazards/hostile', {
    title: HOSTILE, description: HOSTILE, metrics: [hostile], owner: HOSTILE, reader: HOSTILE, decision: HOSTILE, schedule: HOSTILE, sql: HOSTILE,
    narrative: `# ${HOSTILE}\n\n[link](javascript:window.hacked=1) ![i](https://example.org/i.png)\n\n<h1 id="content" style="position:fixed" onclick="window.hacked=1">x</h1>\n<iframe src="javascript:window.hacked=1"></iframe><svg onload="window.hacked=1"></svg>`,
    charts: [
      lineChart(hostile, { title: HOSTILE, x: { label: HOSTILE, kind: 'time' }, series: [HOSTILE, 'b'].map((name) => ({ name, points: hostile.series.map(({ period, value }) => ({ x: period, y: value })) })) }),
      barChart(HOSTILE, [[HOSTILE, 3], ['</svg><script>window.hacked=1</script>', 2]]),
    ],
    columns: [column(HOSTILE, 'text', 'VARCHAR', { key: true }), column('n', 'number', 'DOUBLE'), column('list', 'nested', 'INTEGER[]'), column('ok', 'boolean', 'BOOLEAN'), column('at', 'time', 'TIMESTAMP')],
    rows: [[HOSTILE, 'NaN', '[1,2]', 'true', '2001-06-30T14:00:00Z'], ['', 'Infinity', null, 'false', null], ['نص', '-12.5', '["<script>"]', null, '2001-06-30T14:00:00Z']], rowCount: 3,
    checks: [{ name: HOSTILE, column: null, operator: '<', expected: HOSTILE, actual: HOSTILE, level: 'warn', passed: false }],
    parameters: { city: HOSTILE },
    sources: [{ name: 'x', reading: digest('r'), files: [{ path: HOSTILE, bytes: 1, sha256: digest('x') }], title: HOSTILE, publisher: HOSTILE, license: HOSTILE, url: null, archive: '2001-06-30', late: HOSTILE }],
  }),
  report('climate/wide', {
    title: 'A wide table', metrics: [zero], rowCount: 12_000,
    columns: Array.from({ length: 24 }, (_, index) => column(`measurement_${index}`, index === 0 ? 'text' : 'number', 'DOUBLE', { key: index === 0 })),
    rows: Array.from({ length: 500 }, (_, row) => Array.from({ length: 24 }, (_value, index) => (index === 0 ? `station ${row}` : String(row * index)))),
    charts: [lineChart(zero, { title: 'Eight lines', series: Array.from({ length: 8 }, (_, at) => ({ name: `Station ${at}`, points: daily(90, 10 + at, { seed: at }).map(({ period, value }) => ({ x: period, y: value })) })) })],
  }),
];
