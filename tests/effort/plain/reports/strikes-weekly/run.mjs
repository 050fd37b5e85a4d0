import { byPeriod, kpi, lineChart, publish, query, refuseBad, sum, table, whole } from '../../lib/report.mjs';

const rows = await query(import.meta.dirname);
refuseBad('strikes-weekly', rows, ['week_to', 'size']);
if (rows.some(({ strikes, damaging, cost }) => strikes < 0 || damaging > strikes || cost < 0)) throw new Error('strikes-weekly: a number is below 0, or more strikes do damage than there are');

const weeks = byPeriod(rows, 'week_to', {
  strikes: (group) => sum(group, 'strikes'),
  damaging: (group) => sum(group, 'damaging'),
  cost: (group) => sum(group, 'cost'),
});

await publish('strikes-weekly', {
  title: 'Wildlife strikes by week',
  asOf: weeks.at(-1).period,
  kpis: [
    kpi('Strikes', weeks, 'strikes', whole),
    kpi('Strikes with damage', weeks, 'damaging', whole),
    kpi('Cost, USD', weeks, 'cost', whole),
  ],
  chart: lineChart(weeks, 'strikes', 'Strikes by week'),
  table: table(rows.toSorted((a, b) => (a.week_to < b.week_to ? 1 : a.week_to > b.week_to ? -1 : a.size < b.size ? -1 : 1)), {
    week_to: 'Week to', size: 'Size', strikes: 'Strikes', damaging: 'With damage', cost: 'Cost, USD',
  }),
  rows,
});
