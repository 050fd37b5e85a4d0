import { byPeriod, kpi, lineChart, publish, query, refuseBad, sum, table, whole } from '../../lib/report.mjs';

const rows = await query(import.meta.dirname);
refuseBad('us-employment', rows, ['month_to', 'sector']);
if (rows.some(({ jobs }) => jobs < 0)) throw new Error('us-employment: jobs below 0');

const months = byPeriod(rows, 'month_to', {
  jobs: (group) => sum(group, 'jobs'),
  change: (group) => sum(group, 'change'),
  losing: (group) => sum(group, 'losing'),
});

await publish('us-employment', {
  title: 'US employment by month',
  asOf: months.at(-1).period,
  kpis: [
    kpi('Jobs, thousands', months, 'jobs', whole),
    kpi('Change, thousands', months, 'change', whole),
    kpi('Sectors that lose jobs', months, 'losing', whole),
  ],
  chart: lineChart(months, 'jobs', 'Jobs by month'),
  table: table(rows.toSorted((a, b) => (a.month_to < b.month_to ? 1 : a.month_to > b.month_to ? -1 : a.sector < b.sector ? -1 : 1)), {
    month_to: 'Month to', sector: 'Sector', jobs: 'Jobs', change: 'Change', losing: 'Loses jobs',
  }),
  rows,
});
