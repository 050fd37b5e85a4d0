import { count } from '../../snapshot/count.ts';
import type { Written } from './write.ts';
import { isNameable } from './key.ts';
import { columnText, isTakenForCode, proposeMetrics, useOf, type ProposedMetric } from './metrics.ts';
import { fiscalColumn, undatedWords } from './moment.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import { SCHEDULES } from './rhythm.ts';
import type { Draft } from './draft.ts';
import { labelOf, oneLineOf } from './words.ts';

/** What the author or the instance says. */
export interface AuthorInput {
  title: string;
  team: string;
  owner: string;
  description: string;
  /** The SQL file below queries/, where it is not the report's own. */
  query?: string | undefined;
  sources: string[];
  /** A cron expression. */
  schedule?: string | undefined;
  weekly: boolean;
}

/** What is known of the result that the query gives. */
export interface InferredResult {
  profile: Profile;
  key: string[] | null;
  draft: Pick<Draft, 'labels' | 'time'>;
  pairs: { part: ColumnProfile; whole: ColumnProfile }[];
  /** Of a template: in place of what the columns suggest. */
  metrics?: ProposedMetric[] | undefined;
}

export interface ReportProposal {
  document: { [key: string]: Written };
  comments: Map<string, string>;
}

const MOST_DIMENSIONS = 6;
const MOST_VALUES = 40;
const MOST_CHECKS = 12;

/** A whole report from what its result holds; each part with the reason as a comment. */
export function propose(asked: AuthorInput, found: InferredResult): ReportProposal {
  const { profile, key, draft, metrics: given } = found;
  const comments = new Map<string, string>();
  const { rows, columns } = profile;
  const time = draft.time && (asked.weekly ? { ...draft.time, period: 'week' as const } : draft.time);
  const label = (name: string): string => draft.labels.get(name) ?? labelOf(name);
  const all = `${count(rows)} of ${count(rows)} rows`;

  const rhythm = time ? SCHEDULES[time.period] : { cron: '0 6 * * *', reason: 'each morning; no column says how often the data changes' };
  const dimensions = dimensionsOf(profile, key ?? [], time?.column ?? null);
  const metrics = metricsOf(found);
  const document: { [key: string]: Written } = {
    title: asked.title, team: asked.team, owner: asked.owner, description: asked.description,
    ...(asked.query ? { query: asked.query } : {}),
    sources: asked.sources,
    schedule: { cron: asked.schedule ?? rhythm.cron },
  };
  comments.set('description', 'say what it shows, and what it leaves out');
  if (asked.schedule === undefined) comments.set('schedule', asked.weekly && draft.time?.period !== 'week' ? 'each Monday, for the week before' : rhythm.reason);
  if (time?.ends !== undefined) {
    document['as_of'] = 'scheduled';
    comments.set('as_of', `${oneLineOf(time.column)} is the first day of a ${time.period}, so the day of the run says which ${time.period} is complete; where the SQL gives ${oneLineOf(time.ends, 120)} in its place, write { column: … }`);
  } else if (time) {
    document['as_of'] = { column: time.column };
    comments.set('as_of', 'the newest moment in the result is the day that the numbers describe');
  } else {
    document['as_of'] = 'scheduled';
    const undated = undatedWords(profile);
    comments.set('as_of', undated ?? 'no column says of which day a row is: the numbers describe the day of the run');
  }
  if (key) {
    document['key'] = key;
    comments.set('key', `unique in ${all}: rows are compared by it`);
  } else {
    comments.set('sources', 'no `key`: no four columns without gaps tell all rows apart, so they are compared as a whole');
  }
  if (time) {
    document['time'] = { column: time.column, period: time.period };
    comments.set('time', `${time.reason}${asked.weekly ? '; summed up by week' : ''}`);
  }
  const sort = sortOf(time?.column ?? fiscalColumn(profile)?.name ?? null, key ?? [], metrics, columns);
  if (sort.length > 0) document['sort'] = sort;
  if (dimensions.length > 0) {
    document['dimensions'] = Object.fromEntries(dimensions.map(({ name }) => [name, { label: label(name) }]));
    for (const { name, distinct } of dimensions) comments.set(`dimensions.${name}`, `${count(distinct)} different values`);
  }
  const shown = columns.filter(({ name }) => isNameable(name) && !dimensions.some((one) => one.name === name)).slice(0, 40);
  if (shown.length > 0) document['columns'] = Object.fromEntries(shown.map((column) => [column.name, columnOf(column, label(column.name))]));
  for (const column of shown.filter(isTakenForCode)) {
    comments.set(`columns.${column.name}`, `taken for a code, as ${count(column.distinct)} whole numbers repeat: if it counts something, add it below metrics, with value: sum(${columnText(column.name)})`);
  }
  document['metrics'] = Object.fromEntries(metrics.map((metric) => [metric.name, writtenMetric(metric)]));
  comments.set('metrics', 'add `better: higher` or `better: lower` where one direction is good, and `target: 100` where there is one');
  for (const { name, reason } of metrics) comments.set(`metrics.${name}`, reason);
  document['charts'] = chartsOf(metrics, dimensions, time !== null);
  const checks = checksOf(profile, key, dimensions, given !== undefined);
  document['checks'] = checks.map(({ check }) => check);
  checks.forEach(({ reason }, index) => comments.set(`checks.${index}`, reason));
  return { document, comments };
}

function writtenMetric({ label, value, format, unit, better, target }: ProposedMetric): Written {
  return { label, value, format, ...(unit ? { unit } : {}), ...(better ? { better } : {}), ...(target === undefined ? {} : { target }) };
}

/** Those of a template, or what the columns suggest; at least one. */
export function metricsOf({ profile, key, pairs, draft, metrics }: InferredResult): ProposedMetric[] {
  return metrics ?? proposeMetrics(profile, key ?? [], pairs, draft.labels);
}

/** Texts and booleans of few values, by which the numbers can be split. */
export function dimensionsOf({ rows, columns }: Profile, key: readonly string[], time: string | null): ColumnProfile[] {
  return columns
    .filter(({ name, kind, distinct }) => name !== time && (kind === 'text' || kind === 'boolean') && isNameable(name) && /^[a-z][a-z0-9_]*$/.test(name) && distinct >= 2 && distinct <= MOST_VALUES && (key.includes(name) || distinct <= rows / 2))
    .slice(0, MOST_DIMENSIONS);
}

function sortOf(time: string | null, key: readonly string[], metrics: readonly ProposedMetric[], columns: readonly ColumnProfile[]): string[] {
  const sortable = (name: string): boolean => !name.startsWith('-') && isNameable(name);
  const rest = key.filter((name) => name !== time && sortable(name));
  if (time) return [...(sortable(time) ? [`-${time}`] : []), ...rest].slice(0, 3);
  const largest = metrics.find(({ name }) => sortable(name) && columns.some((column) => column.name === name));
  return [...(largest ? [`-${largest.name}`] : []), ...rest].slice(0, 3);
}

function columnOf(column: ColumnProfile, label: string): { [key: string]: Written } {
  return column.kind === 'integer' && useOf(column)?.use === 'sum' ? { label, format: ',d' } : { label };
}

/** A share or the first metric over time, and the first by the first dimension. */
function chartsOf([first]: readonly ProposedMetric[], [dimension]: readonly ColumnProfile[], history: boolean): Written[] {
  const y = first!.name;
  const charts: Written[] = history || !dimension ? [{ type: 'line', y }] : [];
  if (dimension) charts.push({ type: 'bar', y, x: dimension.name });
  return charts;
}

function checksOf({ rows, columns }: Profile, key: readonly string[] | null, dimensions: readonly ColumnProfile[], fromTemplate: boolean): { check: { [key: string]: Written }; reason: string }[] {
  const all = `${count(rows)} of ${count(rows)} rows`;
  const alone = key?.length === 1 ? key[0]! : null;
  const filled = columns.filter(({ name, filled: some }) => isNameable(name) && some === rows && name !== alone && (key?.includes(name) || dimensions.some((one) => one.name === name)));
  const positive = columns.filter((column) => !fromTemplate && isNameable(column.name) && column.negatives === 0 && column.finite && !key?.includes(column.name) && !/_(sum|values)$/.test(column.name) && useOf(column) !== null);
  const checks: { check: { [key: string]: Written }; reason: string }[] = [{ check: { rows: { min: 1 } }, reason: `${count(rows)} rows now: raise it to what must always be there` }];
  if (alone !== null) checks.push({ check: { column: alone, not_null: true, unique: true }, reason: `not missing and unique in ${all}` });
  for (const { name } of filled) checks.push({ check: { column: name, not_null: true }, reason: `not missing in ${all}` });
  for (const { name, min, kind } of positive) checks.push({ check: { column: name, min: 0, ...(kind === 'integer' ? {} : { level: 'warn' }) }, reason: `the least is ${min}` });
  return checks.slice(0, MOST_CHECKS);
}
