import { byPeriod, kpi, lineChart, percent, publish, query, refuseBad, sum, table, whole } from '../../lib/report.mjs';

const rows = await query(import.meta.dirname);
refuseBad('flights-daily', rows, ['date', 'airport']);
if (rows.some(({ flights, on_time }) => on_time > flights || flights < 0)) throw new Error('flights-daily: more flights on time than flights');

const days = byPeriod(rows, 'date', {
  flights: (group) => sum(group, 'flights'),
  onTime: (group) => sum(group, 'on_time') / sum(group, 'flights'),
  veryLate: (group) => sum(group, 'very_late'),
  minutesLate: (group) => sum(group, 'minutes_late'),
});

await publish('flights-daily', {
  title: 'US flights by day',
  asOf: days.at(-1).period,
  kpis: [
    kpi('Flights', days, 'flights', whole),
    kpi('On time', days, 'onTime', percent),
    kpi('An hour late or more', days, 'veryLate', whole),
    kpi('Minutes late', days, 'minutesLate', whole),
  ],
  chart: lineChart(days, 'onTime', 'Share of flights on time by day'),
  table: table(rows.toSorted((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : a.airport < b.airport ? -1 : 1)), {
    date: 'Date', airport: 'Airport', flights: 'Flights', on_time: 'On time', very_late: 'An hour late or more', minutes_late: 'Minutes late',
  }),
  rows,
});
