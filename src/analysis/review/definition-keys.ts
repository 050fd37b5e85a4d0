import { columnsOf } from '../../report/metric.ts';
import type { Report, Source } from '../../report/report.ts';
import { isDaily } from '../../report/schedule.ts';
import { digestJson } from '../../snapshot/canonical.ts';

/** The keys of a report's YAML whose values differ, by what they can change. Layout and the order of keys are no difference. */
interface DefinitionDifference {
  /** Rows, metrics, checks, the as-of, or whether it runs. */
  result: string[];
  parameters: string[];
  /** How a result is shown, kept and answered for. */
  words: string[];
}

type Mapping = { [key: string]: unknown };

/**
 * What a key that differs as a whole can change, in the order in which they are told; by its parts: see `definitionDifference`; not here:
 * files of their own, and names, which others compare. A key that is new in the schema has to be entered.
 */
const KEYS: Record<keyof Report, 'result' | 'words' | 'parts' | 'not here'> = {
  key: 'result', as_of: 'result', time: 'result', sources: 'result', checks: 'result', personal: 'result',
  title: 'words', team: 'words', owner: 'words', description: 'words', reader: 'words', decision: 'words', sort: 'words', charts: 'words', keep: 'words', retain: 'words', legal_hold: 'words', review: 'words',
  metrics: 'parts', schedule: 'parts', limits: 'parts', parameters: 'parts', approvers: 'parts', dimensions: 'parts', columns: 'parts',
  id: 'not here', file: 'not here', query: 'not here', narrative: 'not here',
};

/** What differs between two definitions of one report, by key. */
export function definitionDifference(base: Report, head: Report): DefinitionDifference {
  const [old, now] = [metricsOf(base), metricsOf(head)];
  const values = keysThatDiffer(old.values, now.values).map((name) => (Object.hasOwn(old.values, name) && Object.hasOwn(now.values, name) ? `metrics.${name}.value` : `metrics.${name}`));
  const kept = Object.keys(now.words).filter((name) => Object.hasOwn(old.words, name));
  const schedule = scheduleDifference(base.schedule, head.schedule);
  const asked = newlyNamed(base, head);
  const words = [
    ...wholeKeys('words', base, head),
    ...schedule.words,
    ...(base.approvers === head.approvers ? [] : ['approval']),
    ...kept.flatMap((name) => keysThatDiffer(old.words[name]!, now.words[name]!).map((key) => `metrics.${name}.${key}`)),
    ...(isSameOrder(Object.keys(old.words), Object.keys(now.words)) ? [] : ['the order of metrics']),
    ...nestedDifference('dimensions', base.dimensions, head.dimensions),
    ...(isSameOrder(Object.keys(base.dimensions), Object.keys(head.dimensions)) ? [] : ['the order of dimensions']),
    ...nestedDifference('columns', base.columns, head.columns),
  ];
  return {
    result: [...wholeKeys('result', base, head), ...values, ...schedule.result, ...keysThatDiffer(base.limits, head.limits).map((key) => `limits.${key}`), ...asked],
    parameters: keysThatDiffer(base.parameters, head.parameters),
    words: words.filter((key) => !asked.includes(key)),
  };
}

function wholeKeys(kind: 'result' | 'words', base: Report, head: Report): string[] {
  return (Object.keys(KEYS) as (keyof Report)[]).filter((key) => KEYS[key] === kind && !isSame(base[key], head[key]));
}

/** Keys that name a column which nothing named before: a run fails where the result has none of that name. */
function newlyNamed(base: Report, head: Report): string[] {
  const known = new Set(named(base).map(([, column]) => column));
  return [...new Set(named(head).flatMap(([key, column]) => (key === null || known.has(column) ? [] : [key])))];
}

/** What a run looks up. Null: what differs there is told by a key of its own. */
function named({ key, as_of, time, sort, dimensions, columns, metrics }: Report): [key: string | null, column: string][] {
  const others = [...key, ...(time ? [time.column] : []), ...(as_of === 'scheduled' ? [] : [as_of.column]), ...metrics.flatMap(({ expression }) => columnsOf(expression))];
  return [
    ...others.map((column): [null, string] => [null, column]),
    ...sort.map((column): [string, string] => ['sort', column.replace(/^-/, '')]),
    ...Object.keys(dimensions).map((column): [string, string] => [`dimensions.${column}`, column]),
    ...Object.keys(columns).map((column): [string, string] => [`columns.${column}`, column]),
  ];
}

const SOURCE_WORDS = ['description', 'publisher', 'license', 'url'] as const;

/** Of a source's YAML: `result` is what and how it reads, and how late it may be. */
export function sourceDifference(base: Source, head: Source): Omit<DefinitionDifference, 'parameters'> {
  const differing = keysThatDiffer({ ...base, file: '', files: [base.files].flat() }, { ...head, file: '', files: [head.files].flat() });
  const words = differing.filter((key) => (SOURCE_WORDS as readonly string[]).includes(key));
  return { result: differing.filter((key) => !words.includes(key)), words };
}

/** A value by its meaning: `sum(a)/sum(b)` has no spaces to change. */
function metricsOf({ metrics }: Report): { values: Mapping; words: { [name: string]: Mapping } } {
  return {
    values: Object.fromEntries(metrics.map(({ name, expression }) => [name, expression])),
    words: Object.fromEntries(metrics.map(({ name, label, format, unit, better, target, description }) => [name, { label, format, unit, better, target, description }])),
  };
}

/** The hour of a report that runs at most once a day says when it runs, and not for which day. */
function scheduleDifference(base: Report['schedule'], head: Report['schedule']): { result: string[]; words: string[] } {
  const days = ({ cron }: Report['schedule']): string => cron.trim().split(/\s+/).slice(2).join(' ');
  const keys = keysThatDiffer(base, head).map((key) => `schedule.${key}`);
  const onlyHour = isDaily(base) && isDaily(head) && days(base) === days(head);
  const words = keys.filter((key) => key === 'schedule.catch_up' || (key === 'schedule.cron' && onlyHour));
  return { result: keys.filter((key) => !words.includes(key)), words };
}

function nestedDifference(above: string, base: { [name: string]: Mapping }, head: { [name: string]: Mapping }): string[] {
  return keysThatDiffer(base, head).flatMap((name) => {
    const [old, now] = [ownOf(base, name), ownOf(head, name)];
    // Whether it is personal stands in the result's part.
    return old && now ? keysThatDiffer(old, now).filter((key) => key !== 'personal').map((key) => `${above}.${name}.${key}`) : [`${above}.${name}`];
  });
}

function keysThatDiffer(base: object, head: object): string[] {
  return [...new Set([...Object.keys(base), ...Object.keys(head)])].filter((key) => !isSame(ownOf(base as Mapping, key), ownOf(head as Mapping, key)));
}

/** Names are anybody’s, and every object has a `constructor`. */
function ownOf<T>(mapping: { [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || digestJson([a]) === digestJson([b]);
}

/** Of what both have. */
function isSameOrder(base: readonly string[], head: readonly string[]): boolean {
  return isSame(base.filter((name) => head.includes(name)), head.filter((name) => base.includes(name)));
}
