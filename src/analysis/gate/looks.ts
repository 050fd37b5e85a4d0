import { aggregatesOf } from '../../report/metric.ts';
import type { Report } from '../../report/report.ts';
import { beyond } from './multiset.ts';
import { listed } from './words.ts';

type Column = Report['columns'][string];
type Chart = Report['charts'][number];
type Metric = Report['metrics'][number];

/**
 * What readers take the numbers of a report for, and that is no part of a metric: how columns are written and called, names that were
 * those of something else, what a chart of the same title draws, numbers in texts that people write. A sentence each.
 * @param titles of all reports before the change, by id
 * @param renamed columns that the comparison has found under another name, as the report says: readers know them by what they were
 */
export function looksOtherwise(before: Report, after: Report, titles: ReadonlyMap<string, string>, renamed: ReadonlyMap<string, string> = new Map()): string[] {
  const now = columnsOf(after);
  const old = new Map([...columnsOf(before)].map(([name, column]) => [renamed.get(name) ?? name, column]));
  const known = { ...before, charts: before.charts.map((chart) => renamedChart(chart, renamed)) };
  const others = new Map([...titles].filter(([id]) => id !== before.id && id !== after.id));
  return [
    ...takenOver('title', before.title, after.title, others),
    ...after.metrics.flatMap((metric) => takenOver(metric.name, before.metrics.find(({ name }) => name === metric.name)?.label, metric.label, namesBeside(metric, before.metrics, old))),
    ...[...now].flatMap(([name, column]) => columnLooks(name, old.get(name), column, old, before.metrics)),
    ...chartLooks(known.charts, after.charts),
    ...chartNames(known, after),
    ...narrativeLooks(before, after),
    ...saidOf(known, after),
  ];
}

/** Dimensions are columns; what formulas read is called so where nobody says otherwise. */
function columnsOf({ dimensions, columns, metrics }: Report): Map<string, Column> {
  const read = metrics.flatMap(columnsRead).flatMap((column): [string, Column][] => (column === null ? [] : [[column, { personal: false }]]));
  return new Map([...read, ...Object.entries(columns), ...Object.entries(dimensions)]);
}

/** What a metric is not: other metrics, and columns that it does not read. */
function namesBeside(metric: Metric, metrics: readonly Metric[], columns: ReadonlyMap<string, Column>): Map<string, string> {
  const read = columnsRead(metric);
  const others = [...columns].flatMap(([name, { label }]): [string, string][] => (read.includes(name) ? [] : [[`column ${name}`, label ?? name]]));
  return new Map([...without(metric.name, metrics.map(({ name, label }) => [name, label])), ...others]);
}

function columnsRead({ expression }: Metric): (string | null)[] {
  return aggregatesOf(expression).map(({ column }) => column);
}

function columnLooks(name: string, before: Column | undefined, after: Column, old: ReadonlyMap<string, Column>, metrics: readonly Metric[]): string[] {
  const changed = (['format', 'unit'] as const).filter((key) => before?.[key] !== after[key]).map((key) => `${key} ${before?.[key] ?? 'none'} → ${after[key] ?? 'none'}`);
  const read = metrics.filter((metric) => columnsRead(metric).includes(name)).map(({ label }) => plain(label));
  const others = metrics.filter(({ label }) => !read.includes(plain(label))).map(({ name: metric, label }): [string, string] => [metric, label]);
  const names = new Map([...others, ...without(name, [...old].map(([other, { label }]) => [other, label ?? other]))]);
  return [...(changed.length > 0 ? [`column ${name}: ${changed.join(', ')}`] : []), ...takenOver(`column ${name}`, before?.label ?? name, after.label ?? name, names)];
}

function without(name: string, all: readonly (readonly [string, string])[]): Map<string, string> {
  return new Map(all.filter(([other]) => other !== name));
}

/** A name is anybody’s to choose, unless readers know something else by it. */
function takenOver(subject: string, before: string | undefined, after: string, others: ReadonlyMap<string, string>): string[] {
  if (before !== undefined && plain(before) === plain(after)) return [];
  const owner = [...others].find(([, name]) => plain(name) === plain(after));
  if (!owner) return [];
  return [subject === 'title' ? `title: ${after}, as ${owner[0]} was called before` : `${subject}: called ${after}, as ${owner[0]} was before`];
}

function renamedChart(chart: Report['charts'][number], renamed: ReadonlyMap<string, string>): Report['charts'][number] {
  const [x, by] = [chart.x, chart.by].map((name) => (name === undefined ? undefined : (renamed.get(name) ?? name)));
  return { ...chart, x, by };
}

/** Letters of other alphabets that readers take for these. */
const ALIKE = new Map([...'АВСЕНІЈКМОРЅТХУавсеһіјкморѕтхуԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυı'].map((letter, at) => [letter, 'ABCEHIJKMOPSTXYabcehijkmopstxydqwABEZHIKMNOPTYXaikvopui'[at]!]));

/** A name as readers tell it from another. */
function plain(text: string): string {
  return text.normalize('NFKC').replace(/[\p{Script=Cyrillic}\p{Script=Greek}ı]/gu, (letter) => ALIKE.get(letter) ?? letter).toLowerCase().replace(/[^\p{L}\p{N}\p{S}%]+/gu, '') || text;
}

function drawnBy({ y, x, by }: Chart): [y: string, x: string | undefined, by: string | undefined] {
  return [y, x, by];
}

function chartLooks(before: Report['charts'], after: Report['charts']): string[] {
  const drawn = (chart: Chart): string => JSON.stringify(drawnBy(chart));
  const [shown, titles] = [new Set(after.map(drawn)), new Set(after.flatMap(({ title }) => title ?? []))];
  const gone = before.filter((chart) => !shown.has(drawn(chart)) && !(chart.title !== undefined && titles.has(chart.title)));
  const others = after.flatMap((chart) => {
    const old = before.filter(({ title }) => title !== undefined && title === chart.title);
    if (old.length === 0 || old.some((one) => drawn(one) === drawn(chart))) return [];
    const changed = (['y', 'x', 'by'] as const).filter((key) => old[0]![key] !== chart[key]).map((key) => `${key} ${old[0]![key] ?? 'none'} → ${chart[key] ?? 'none'}`);
    return [`chart “${chart.title}”: ${changed.join(', ')}`];
  });
  return [...others, ...gone.map(({ y, x, by }) => `chart of ${[y, ...[x, by].flatMap((name) => name ?? [])].join(' by ')}: gone`)];
}

/** A chart is called as its metric is, and by what it is broken down, unless it has a title. */
function chartNames(before: Report, after: Report): string[] {
  const labelOf = (name: string): string => (before.metrics.find((metric) => metric.name === name) ?? after.metrics.find((metric) => metric.name === name))?.label ?? name;
  const old = new Set(before.charts.map((chart) => JSON.stringify([chart.title, ...drawnBy(chart)])));
  return after.charts.flatMap((chart) => {
    const { title, y } = chart;
    if (title === undefined || old.has(JSON.stringify([title, ...drawnBy(chart)])) || plain(title).includes(plain(labelOf(y)))) return [];
    const other = [...before.metrics, ...after.metrics].find(({ name, label }) => name !== y && plain(title).startsWith(plain(label)));
    return other ? [`chart “${title}”: draws ${y}, and is called as ${other.name}`] : [];
  });
}

/** What stands beside the numbers of a metric, a column or a chart that is on both sides. */
function saidOf(before: Report, after: Report): string[] {
  const labels = ({ dimensions, columns }: Report): Map<string, string | undefined> => new Map([...Object.entries(columns), ...Object.entries(dimensions)].map(([name, { label }]) => [name, label]));
  const [old, now] = [labels(before), labels(after)];
  return [
    ...after.metrics.flatMap(({ name, label, description }) => {
      const same = before.metrics.find((metric) => metric.name === name);
      return same ? textLooks(`what is said of ${name}`, [same.label, same.description], [label, description]) : [];
    }),
    ...[...now].flatMap(([name, label]) => (old.has(name) ? textLooks(`what is said of column ${name}`, [old.get(name)], [label]) : [])),
    ...after.charts.flatMap((chart) => {
      const same = before.charts.find((one) => JSON.stringify(drawnBy(one)) === JSON.stringify(drawnBy(chart)));
      return same?.title !== undefined && chart.title !== undefined ? textLooks(`the title of the chart of ${drawnBy(chart).filter(Boolean).join(' by ')}`, [same.title], [chart.title]) : [];
    }),
  ];
}

function narrativeLooks(before: Report, after: Report): string[] {
  const written = textLooks('its text', [before.title, before.description, before.narrative], [after.title, after.description, after.narrative]);
  return written.length > 0 ? written : textLooks('what is shown of its text', [shownOf(before.narrative)], [shownOf(after.narrative)]);
}

/** Comments, tags and what they hide, images, and where links lead: a page shows none of it. */
const UNSHOWN = [/<!--[^]*?(-->|$)/g, /<(script|style|textarea|option|noscript)\b[^]*?(<\/\1>|$)/gi, /<[^<>]*>/g, /!\[[^[\]]{0,1000}\]\([^()]{0,1000}\)/g, /(?<=\])\([^()]{0,1000}\)/g, /^ {0,3}\[[^[\]\n]{0,1000}\]:.*$/gm];

function shownOf(narrative: string | null): string {
  return UNSHOWN.reduce((text, pattern) => text.replace(pattern, ' '), narrative ?? '');
}

/** No run makes the numbers that people write, and readers do not see which those are. */
function textLooks(where: string, before: readonly (string | null | undefined)[], after: readonly (string | null | undefined)[]): string[] {
  const [old, now] = [before, after].map((texts) => texts.flatMap((text) => numbersIn(text ?? '')));
  const [gone, fresh] = [beyond(old!, now!), beyond(now!, old!)];
  if (gone.length + fresh.length > 0) return [`numbers in ${where}: ${listed(gone) || 'none'} → ${listed(fresh) || 'none'}`];
  const apart = old!.flatMap((one, at) => (one === now![at] ? [] : [at]));
  const said = (numbers: readonly string[]): string => listed(numbers.slice(apart[0], apart.at(-1)! + 1));
  return apart.length === 0 ? [] : [`numbers in ${where}, in another order: ${said(old!)} → ${said(now!)}`];
}

/** With a sign, which a line between two words or numbers is not, and a share; and what they are counted in: money, thousands. */
function numbersIn(text: string): string[] {
  // A half is one of its own; so is the figure of a note, or of a circle.
  const plainly = text.replace(/[\p{No}\p{Nl}]/gu, (one) => ` ${one.normalize('NFKC')} `);
  const found = plainly.match(/(?:(?<![\p{L}\p{N}%‰)])[-−])?\p{Nd}+(?:[.,:]\p{Nd}+)*(?:\s?[%‰])?|\p{L}{0,3}\p{Sc}|[%‰]|\b(?:thousand|million|billion|trillion)s?\b/giu) ?? [];
  return found.map((one) => one.replace('−', '-').replace(/\s/, ''));
}
