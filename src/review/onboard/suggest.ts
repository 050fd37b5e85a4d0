import type { Period } from '../../report/schema.ts';
import { dimensionsOf, metricsOf, type InferredResult } from './propose.ts';
import { labelOf, oneLineOf } from './words.ts';

/** Rhythms as people write them into the names of files, each with what its rows are by. */
const RHYTHMS: { [word: string]: Period } = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month', quarterly: 'quarter', yearly: 'year', annual: 'year', annually: 'year' };

/**
 * A title from a report’s name and the rhythm of its rows: `flights-daily` is “Flights by day”.
 * @param period null where the rows have no time
 */
export function suggestedTitle(name: string, period: Period | null): string {
  const words = name.split('-').filter(Boolean);
  const rhythm = RHYTHMS[words.at(-1)?.toLowerCase() ?? ''];
  const whole = labelOf(words.join(' '));
  // Who has named a rhythm has said which one is meant; the rows may be finer.
  if (period === null || words.includes('by') || (rhythm !== undefined && (rhythm !== period || words.length === 1))) return whole;
  return `${rhythm === undefined ? whole : labelOf(words.slice(0, -1).join(' '))} by ${period}`;
}

const MOST_METRICS = 4;
const MOST_DIMENSIONS = 3;

/**
 * A sentence from what the result holds: “Flights, on time and 2 more by day and airport, from flights.”
 * @param origin names of tables or files
 */
export function suggestedDescription(found: InferredResult, origin: readonly string[]): string {
  const { profile, key, draft } = found;
  const dimensions = dimensionsOf(profile, key ?? [], draft.time?.column ?? null).map(({ name }) => draft.labels.get(name) ?? labelOf(name));
  const by = [...(draft.time ? [draft.time.period] : []), ...shortened(dimensions, MOST_DIMENSIONS).map(inSentence)];
  const [first, ...rest] = shortened(metricsOf(found).map(({ label }) => label), MOST_METRICS);
  return `${oneLineOf(`${listOf([first!, ...rest.map(inSentence)])}${by.length > 0 ? ` by ${listOf(by)}` : ''}`, 300)}, from ${origin.map((name) => oneLineOf(name, 100)).join(', ') || 'constants'}.`;
}

function shortened(names: readonly string[], most: number): string[] {
  return names.length > most + 1 ? [...names.slice(0, most), `${names.length - most} more`] : [...names];
}

/** Abbreviations keep their capitals. */
function inSentence(label: string): string {
  return /^\p{Lu}(?!\p{Lu})/u.test(label) ? `${label[0]!.toLowerCase()}${label.slice(1)}` : label;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
