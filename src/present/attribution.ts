import type { Attribution, ChangedPart, DefinitionCommit, Method } from '../analysis/attribution/attribution.ts';
import type { AttributionFacts } from '../analysis/facts/facts.ts';
import type { MetricFacts } from '../analysis/facts/facts.ts';
import { truncate } from '../error.ts';
import { formatEarlier } from './date.ts';
import { formatNumber, formatText, isPercent, NO_VALUE, withUnit } from './number.ts';

/** How a metric is written. */
interface MetricShown {
  label: string;
  /** A d3-format; null where it is not known. */
  format: string | null;
  unit: string | null;
}

/** `+312`, `−0.4 points`; what its format would round to nothing is written in full. */
export function signedAmount(difference: string, format: string | null): string {
  const size = difference.replace(/^-/, '');
  const sign = Number(size) === 0 ? '' : difference.startsWith('-') ? '\u2212' : '+';
  if (format !== null && isPercent(format)) {
    const points = formatNumber(Number(size) * 100, '.1f');
    return `${sign}${/[1-9]/.test(points) || Number(size) === 0 ? points : formatNumber(Number(size) * 100, '.2~g')} points`;
  }
  const short = format === null ? null : formatText(size, format.replace(/^\+/, ''));
  const text = short !== null && (/[1-9]/.test(short) || Number(size) === 0) ? short : formatNumber(Number(size), ',.6~r');
  return `${sign}${text}`;
}

const SHOWN_PARTS = 3;

/** `SEA +121, ORD +80, … 12 more`, with spaces that do not break; empty where there are none. */
function partsText(parts: readonly { value: string; difference: string }[], more: number, format: string | null): string {
  // The total in front of them has the word.
  const named = parts.map(({ value, difference }) => `${value}\u00a0${signedAmount(difference, format).replace(/ points$/, '')}`);
  return [...named, ...(more > 0 ? [`…\u00a0${formatNumber(more, ',d')}\u00a0more`] : [])].join(', ');
}

/** A value on one line, and not longer than a line. */
function shownValue(cells: readonly (string | null)[]): string {
  return truncate(cells.map((cell) => (cell === null ? NO_VALUE : cell === '' ? 'empty text' : cell.replace(/\s+/g, ' '))).join(' · '), 60);
}

/** `3f2a91c, Jane Roe` */
function byWhom({ commit, author }: Pick<DefinitionCommit, 'commit' | 'author'>): string {
  return `${commit.slice(0, 7)}, ${author}`;
}

const PARTS: { [part in ChangedPart]: string } = {
  definition: 'what is computed (metrics, key, time, as_of, checks)',
  query: 'the query or a macro',
  parameters: 'the parameters',
  reading: 'how a source is read',
  sources: 'which sources are read',
};

const METHODS: { [method in Method]: string } = {
  'same-definition': 'both are of one definition',
  'same-inputs': 'both were run on the same inputs',
  'from-kept-rows': 'the query and what it read are the same, so the old metric was computed from the new snapshot’s kept rows',
  replayed: 'the old definition was run again on the new inputs',
  recorded: 'the job ran the old definition on the new inputs and entered the result in the ledger',
  unknown: 'what came from data and what from the definition cannot be told apart',
};

const SUBJECTS = { data: 'Data', definition: 'Definition', total: 'All of it' } as const;

/** `+312 since 2001-06-29: +298 data (SEA +121, ORD +80, … 12 more), +14 definition (3f2a91c, Jane Roe)` */
export function attributionSentence({ since, before, after, total, data, definition, method, breakdowns, commits }: Attribution, format: string | null): string {
  if (total === null) return `cannot be explained: there is no value ${before.value === null ? 'before' : after.value === null ? 'after' : 'that is a number'}`;
  const parts = (of: 'data' | 'total'): string => {
    const found = breakdowns.find((one) => one.of === of)?.breakdown;
    if (!found) return '';
    const text = partsText(found.parts.slice(0, SHOWN_PARTS).map(({ value, difference }) => ({ value: shownValue(value), difference })), Math.max(0, found.parts.length - SHOWN_PARTS), format);
    return ` (${text.replaceAll('\u00a0', ' ')})`;
  };
  if (method === 'unknown' || data === null || definition === null) return `${signedAmount(total, format)} since ${since}: not known how much is data and how much definition${parts('total')}`;
  const [newest] = commits;
  const blamed = newest ? ` (${byWhom(newest)}${commits.length > 1 ? `, and ${commits.length - 1} more` : ''})` : '';
  const changed = method === 'same-definition' ? '' : `, ${signedAmount(definition, format)} definition${blamed}`;
  return `${signedAmount(total, format)} since ${since}: ${signedAmount(data, format)} data${parts('data') || parts('total')}${changed}`;
}

/** All that is known of a move, for a terminal. `labels`: of the report's columns. */
export function attributionText(attribution: Attribution, { label, format, unit }: MetricShown, labels: ReadonlyMap<string, string>, limit: number): string {
  const { report, base, head, before, middle, after, method, breakdowns, changed, engine, commits, notes } = attribution;
  const value = (text: string | null): string => withUnit(format === null ? (text ?? NO_VALUE) : formatText(text, format), unit);
  const at = ({ period }: { period: string | null }): string => (period === null ? '' : `  (${period})`);
  const rows: [string, string][] = [[value(before.value) + at(before), base]];
  if (middle && method !== 'same-definition' && method !== 'same-inputs') rows.push([value(middle.value) + at(middle), 'the old definition on the new inputs']);
  rows.push([value(after.value) + at(after), head]);
  const width = Math.max(...rows.map(([text]) => text.length));
  const lines = [`${label} (${report}): ${attributionSentence(attribution, format)}`, '', ...rows.map(([text, of]) => `  ${text.padStart(width)}  ${of}`)];
  for (const { of, breakdown } of breakdowns) {
    const { columns, kind, parts, residual } = breakdown;
    lines.push('', `${SUBJECTS[of]} by ${columns.map((name) => labels.get(name) ?? name).join(', ')}${kind === 'swap' ? ': what each alone would have changed' : ''}`);
    const shown = parts.slice(0, limit).map((part) => [signedAmount(part.difference, format), shownValue(part.value), `${value(part.before)} → ${value(part.after)}`] as const);
    const widths = [0, 1].map((index) => Math.max(...shown.map((cells) => cells[index as 0 | 1].length)));
    for (const [difference, name, change] of shown) lines.push(`  ${difference.padStart(widths[0]!)}  ${name.padEnd(widths[1]!)}  ${change}`);
    if (parts.length > limit) lines.push(`  … and ${formatNumber(parts.length - limit, ',d')} more`);
    if (kind === 'swap' && residual !== null && Number(residual) !== 0) lines.push(`  ${signedAmount(residual, format)}  together, beyond what each does alone`);
  }
  if (changed.length > 0) lines.push('', `Changed: ${changed.map((part) => PARTS[part]).join('; ')}`, ...commits.map(({ commit, author, time, subject }) => `  ${commit.slice(0, 7)}  ${time.slice(0, 10)}  ${author}: ${subject}`));
  if (engine) lines.push('', `The engine changed, from ${engine.from} to ${engine.to}: its share, if it has one, is counted with the data`);
  lines.push('', `How it is known: ${METHODS[method]}`, ...notes);
  return lines.map((line) => line.trimEnd().replaceAll('\n', '␊')).join('\n');
}

/** The page's line of a headline's move: what it came from, in words. */
interface AttributionWords {
  /** `+312 since 29 June` */
  total: string;
  /** `+298 data`, `+14 definition`; null where the definition did not change. */
  split: { data: string; definition: string } | null;
  /** `SEA +121, ORD +80, … 12 more`; empty where the report has no dimension that tells more. */
  parts: string;
  /** What the parts are: `by airport`. */
  partsAre: string;
}

/** Where a headline’s move came from, written in the metric’s format. */
export function attributionWords({ since, total, split, dimension, parts, more, kind }: AttributionFacts, { format, step, headline }: Pick<MetricFacts, 'format' | 'step' | 'headline'>): AttributionWords {
  const amount = (difference: string): string => signedAmount(difference, format);
  return {
    total: `${amount(total)} since ${formatEarlier(since, step, headline?.period ?? null)}`,
    split: split && { data: `${amount(split.data)} data`, definition: `${amount(split.definition)} definition` },
    parts: parts.length === 0 ? '' : `${partsText(parts.map(({ value, difference }) => ({ value: shownValue([value]), difference })), more, format)}${kind === 'swap' ? ' (each alone)' : ''}`,
    partsAre: dimension === null ? '' : kind === 'sum' ? `by ${dimension}` : `by ${dimension}: what each value alone would have changed`,
  };
}
