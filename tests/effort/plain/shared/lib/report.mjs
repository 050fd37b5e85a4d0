import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const root = path.resolve(import.meta.dirname, '..');

/** Rows of the query that lies beside a report's script, as objects; dates are texts. */
export async function query(folder) {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(await readFile(path.join(root, 'lib/data.sql'), 'utf8'));
  const sql = (await readFile(path.join(folder, 'query.sql'), 'utf8')).replaceAll('$as_of', 'current_date');
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJson().map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value])));
}

export const sum = (rows, name) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
export const mean = (rows, name) => sum(rows, name) / rows.length;
export const whole = (value) => Math.round(value).toLocaleString('en');
export const percent = (value) => `${(100 * value).toFixed(1)} %`;
export const fixed = (places) => (value) => value.toFixed(places);
const escape = (text) => String(text ?? '').replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The values of each period, the newest last. `values` has a function of a period's rows for each name. */
export function byPeriod(rows, column, values) {
  return [...Map.groupBy(rows, (row) => row[column])]
    .map(([period, group]) => ({ period, ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value(group)])) }))
    .sort((a, b) => (a.period < b.period ? -1 : 1));
}

export function refuseBad(name, rows, key) {
  if (rows.length === 0) throw new Error(`${name}: no rows`);
  const keys = new Set(rows.map((row) => key.map((column) => row[column]).join('\u0000')));
  if (keys.size !== rows.length) throw new Error(`${name}: ${key.join(' and ')} do not identify a row`);
  for (const column of key) if (rows.some((row) => row[column] === null)) throw new Error(`${name}: ${column} is missing in a row`);
}

/** One number, beside what it was in the period before. */
export function kpi(label, series, name, format) {
  const [before, last] = series.slice(-2);
  const change = last[name] - before[name];
  return `<p><strong>${format(last[name])}</strong>${escape(label)}, ${escape(last.period)} (${change < 0 ? '−' : '+'}${format(Math.abs(change))} against ${escape(before.period)})</p>`;
}

export function lineChart(series, name, label) {
  const values = series.map((one) => one[name]);
  const [least, largest] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, index) => `${(20 + (760 * index) / Math.max(1, values.length - 1)).toFixed(1)},${(220 - (200 * (value - least)) / (largest - least || 1)).toFixed(1)}`);
  return `<svg viewBox="0 0 800 250" role="img" aria-label="${escape(label)}"><polyline points="${points.join(' ')}"/><text x="20" y="245">${escape(series[0].period)}</text><text x="700" y="245">${escape(series.at(-1).period)}</text></svg>`;
}

export function table(rows, columns) {
  const cell = (value) => `<td${typeof value === 'number' ? ' class="number"' : ''}>${escape(value)}</td>`;
  return `<table><thead><tr>${Object.values(columns).map((label) => `<th scope="col">${escape(label)}</th>`).join('')}</tr></thead><tbody>${rows.slice(0, 500).map((row) => `<tr>${Object.keys(columns).map((name) => cell(row[name])).join('')}</tr>`).join('')}</tbody></table>`;
}

/** Writes the page, the rows as CSV and JSON, and the rows under the day that they describe, which Git keeps. */
export async function publish(name, { title, asOf, kpis, chart, table: rowsTable, rows }) {
  const folder = path.join(root, 'site', name);
  await mkdir(path.join(folder, 'history'), { recursive: true });
  const quote = (value) => (/[",\n]/.test(String(value ?? '')) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ''));
  const csv = [Object.keys(rows[0]).join(','), ...rows.map((row) => Object.values(row).map(quote).join(','))].join('\n');
  await writeFile(path.join(folder, 'latest.json'), JSON.stringify({ asOf, rows }));
  await writeFile(path.join(folder, 'latest.csv'), `${csv}\n`);
  await writeFile(path.join(folder, 'history', `${asOf}.csv`), `${csv}\n`);
  await writeFile(path.join(folder, 'index.html'), `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<link rel="stylesheet" href="../style.css">
<h1>${escape(title)}</h1>
<p>As of ${escape(asOf)}. <a href="latest.csv">CSV</a>, <a href="latest.json">JSON</a>, <a href="../index.html">all reports</a></p>
<div class="kpis">${kpis.join('\n')}</div>
${chart}
${rowsTable}
`);
}
