import { byPeriod, kpi, lineChart, percent, publish, query, refuseBad, sum, table, whole } from '../../lib/report.mjs';

const rows = await query(import.meta.dirname);
refuseBad('iowa-electricity', rows, ['year_to', 'source']);
if (rows.some(({ generation }) => generation < 0)) throw new Error('iowa-electricity: generation below 0');

const years = byPeriod(rows, 'year_to', {
  generation: (group) => sum(group, 'generation'),
  renewable: (group) => sum(group, 'renewable') / sum(group, 'generation'),
  fossil: (group) => sum(group, 'fossil') / sum(group, 'generation'),
});

await publish('iowa-electricity', {
  title: 'Electricity of Iowa by year',
  asOf: years.at(-1).period,
  kpis: [
    kpi('Generation, GWh', years, 'generation', whole),
    kpi('Renewable', years, 'renewable', percent),
    kpi('Fossil', years, 'fossil', percent),
  ],
  chart: lineChart(years, 'renewable', 'Renewable share by year'),
  table: table(rows.toSorted((a, b) => (a.year_to < b.year_to ? 1 : a.year_to > b.year_to ? -1 : a.source < b.source ? -1 : 1)), {
    year_to: 'Year to', source: 'Source', generation: 'Generation', renewable: 'Renewable', fossil: 'Fossil',
  }),
  rows,
});
