import { truncate } from '../../error.ts';
import type { Report, Source } from '../../report/report.ts';
import type { GateResult } from './gates.ts';
import type { EffectivePolicy } from './policy.ts';
import { capped, found } from './words.ts';

/** Column names of after the change, by those of before. */
export type Renamed = ReadonlyMap<string, string>;

/** A report, and all sources, of which it reads some. */
export interface WrittenSide {
  report: Report;
  sources: ReadonlyMap<string, Source>;
}

/**
 * What people have written beside the numbers, and how columns, rows and charts show them: a finding for each that is otherwise. No run
 * makes these words, and no rule tells those that mislead from others: a person has to read them.
 * @param renamed columns that the comparison has found under another name, as the report says: they are known by what they were
 */
export function wordsGates(before: WrittenSide, after: WrittenSide, renamed: Renamed, { gates }: EffectivePolicy): GateResult[] {
  const [old, now] = [textsOf(before, after, renamed), textsOf(after, before, new Map())];
  const places = [...new Set([...old.keys(), ...now.keys()])];
  const changed = places.filter((place) => old.get(place) !== now.get(place)).map((place) => `${place}: ${partedWords(old.get(place) ?? '', now.get(place) ?? '')}`);
  const expected = 'what people have written stays as it is';
  return changed.length === 0 ? [found('words', gates.words, 'pass', expected, 'it does')] : capped(changed.map((actual) => found('words', gates.words, 'fail', expected, actual)));
}

type Texts = [place: string, text: string | null | undefined][];

/**
 * Texts by what a person would call their place. What a metric’s number means is told by the gate `metrics`, and what one side alone has, of
 * metrics and sources, by others.
 */
function textsOf({ report, sources }: WrittenSide, { report: other }: WrittenSide, renamed: Renamed): Map<string, string> {
  const { title, description, reader, decision, narrative, columns, dimensions, charts, sort } = report;
  const nameOf = (column: string): string => renamed.get(column) ?? column;
  const metrics = report.metrics.filter(({ name }) => other.metrics.some((metric) => metric.name === name));
  const texts: Texts = [
    ['title', title], ['description', description], ['reader', reader], ['decision', decision],
    // To Markdown, where a line ends has a meaning.
    ['narrative', narrative?.trim().replaceAll('\n', ' ⏎ ')],
    ...metrics.flatMap(({ name, label, description: said }): Texts => [[`label of ${name}`, label], [`description of ${name}`, said]]),
    // The board shows the first one, and a page the first rows.
    ['order of metrics', metrics.map(({ name }) => name).join(', ')],
    ['order of rows', sort.map((word) => (word.startsWith('-') ? `-${nameOf(word.slice(1))}` : nameOf(word))).join(', ')],
    ...Object.entries({ ...columns, ...dimensions }).flatMap(([name, column]): Texts => (['label', 'format', 'unit'] as const).map((key) => [`${key} of column ${nameOf(name)}`, column[key]])),
    ...charts.map(({ type, y, x, by, title: above, limit }): Texts[number] => {
      const drawn = [y, ...[x, by].flatMap((name) => (name === undefined ? [] : [nameOf(name)]))].join(' by ');
      return [`chart ${above ?? `of ${drawn}`}`, `${type} of ${drawn}${x ?? by ? `, at most ${limit}` : ''}`];
    }),
    ...report.sources.filter((name) => other.sources.includes(name)).flatMap((name): Texts => (['description', 'publisher', 'license', 'url'] as const).map((key) => [`${key} of source ${name}`, sources.get(name)?.[key]])),
  ];
  const written = texts.flatMap(([place, text]) => (text ? [{ place, text: text.replace(/\s+/g, ' ').trim() }] : []));
  // Charts may be called alike, and each of them counts.
  return new Map([...Map.groupBy(written, ({ place }) => place)].map(([place, own]) => [place, own.map(({ text }) => text).join('; ')]));
}

/** Characters that are shown of each text, and of those of them that are before the first difference. */
const [SHOWN, LEAD] = [90, 30];

/** `Orders → Returns`; of long texts, from shortly before where they part. */
function partedWords(before: string, after: string): string {
  const [old, now] = [[...before], [...after]];
  let at = 0;
  while (at < old.length && old[at] === now[at]) at += 1;
  const space = old.indexOf(' ', at - LEAD);
  const lead = space >= 0 && space < at ? space + 1 : at - LEAD;
  const from = Math.max(old.length, now.length) > SHOWN && at > LEAD ? lead : 0;
  const cut = (text: string[]): string => (text.length === 0 ? 'none' : `${from > 0 ? '…' : ''}${truncate(text.slice(from).join(''), SHOWN)}`);
  return `${cut(old)} → ${cut(now)}`;
}
