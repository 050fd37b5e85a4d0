import { truncate } from '../../error.ts';
import type { Report } from '../../report/report.ts';
import type { GateResult } from './gates.ts';
import type { EffectivePolicy } from './policy.ts';
import { capped, found } from './words.ts';

/** Column names of after the change, by those of before. */
export type Renamed = ReadonlyMap<string, string>;

/**
 * What people have written beside the numbers, and how columns and charts show them: a finding for each that is otherwise. No run makes
 * these words, and no rule tells those that mislead from others: a person has to read them.
 * @param renamed columns that the comparison has found under another name, as the report says: they are known by what they were
 */
export function wordsGates(before: Report, after: Report, renamed: Renamed, { gates }: EffectivePolicy): GateResult[] {
  const kept = after.metrics.filter(({ name }) => before.metrics.some((metric) => metric.name === name)).map(({ name }) => name);
  const [old, now] = [textsOf(before, kept, renamed), textsOf(after, kept, new Map())];
  const named = [...new Set([...old.keys(), ...now.keys()])];
  const changed = named.filter((name) => old.get(name) !== now.get(name)).map((name) => `${name}: ${partedWords(old.get(name) ?? '', now.get(name) ?? '')}`);
  const expected = 'what people have written stays as it is';
  return changed.length === 0 ? [found('words', gates.words, 'pass', expected, 'they do')] : capped(changed.map((actual) => found('words', gates.words, 'fail', expected, actual)));
}

/**
 * Texts by what a person would call their place. What a metric’s number means is told by the gate `metrics`, and one that is new by `query`.
 * @param kept metrics of both sides
 */
function textsOf(report: Report, kept: readonly string[], renamed: Renamed): Map<string, string> {
  const { title, description, reader, decision, narrative, metrics, columns, dimensions, charts } = report;
  const nameOf = (column: string): string => renamed.get(column) ?? column;
  const texts: [place: string, text: string | null | undefined][] = [
    ['title', title], ['description', description], ['reader', reader], ['decision', decision], ['narrative', narrative],
    ...metrics.filter(({ name }) => kept.includes(name)).flatMap(({ name, label, description: said }): typeof texts => [[`label of ${name}`, label], [`description of ${name}`, said]]),
    ...Object.entries({ ...columns, ...dimensions }).flatMap(([name, column]) => (['label', 'format', 'unit'] as const).map((key): (typeof texts)[number] => [`${key} of column ${nameOf(name)}`, column[key]])),
    ...charts.map(({ type, y, x, by, title: above, limit }): (typeof texts)[number] => {
      const drawn = [y, ...[x, by].flatMap((name) => (name === undefined ? [] : [nameOf(name)]))].join(' by ');
      return [`chart ${above ?? `of ${drawn}`}`, `${type} of ${drawn}${x ?? by ? `, at most ${limit}` : ''}`];
    }),
  ];
  const written = texts.flatMap(([place, text]) => (text == null ? [] : [{ place, text: text.replace(/\s+/g, ' ').trim() }]));
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
