import { byPeriod, fixed, kpi, lineChart, publish, query, refuseBad, table } from '../../lib/report.mjs';

const rows = await query(import.meta.dirname);
refuseBad('global-temperature', rows, ['year_to']);

const years = byPeriod(rows, 'year_to', {
  anomaly: ([row]) => row.anomaly,
  mean: ([row]) => row.mean_10_years,
});

await publish('global-temperature', {
  title: 'Global temperature by year',
  asOf: years.at(-1).period,
  kpis: [
    kpi('Against 1951 to 1980, °C', years, 'anomaly', fixed(2)),
    kpi('Mean of ten years, °C', years, 'mean', fixed(3)),
  ],
  chart: lineChart(years, 'anomaly', 'Difference from the mean of 1951 to 1980 by year'),
  table: table(rows.toSorted((a, b) => (a.year_to < b.year_to ? 1 : -1)), {
    year_to: 'Year to', anomaly: 'Against 1951 to 1980', mean_10_years: 'Mean of ten years',
  }),
  rows,
});
