import type { AsOf } from '../../snapshot/as-of.ts';

/*
 * What a site tells of other days than today: files of JSON that its pages fetch, and how a day is looked up in them.
 * A browser runs the look-up, so that nothing here reaches beyond types.
 *
 *   reports/<id>/history/<year>.json   YearFile, by the year of the as-of
 */

const YEAR_FORMAT = 'daybook/history/1';

/** `as-of`: the newest version of that day’s snapshot; what later snapshots say of the day is theirs. `published`: what a reader saw on that day. */
export type Mode = 'as-of' | 'published';

/** A published version of a snapshot. */
export interface TravelVersion {
  asOf: AsOf;
  version: number;
  /** When readers saw it first, and when a later version of the same as-of took its place; ISO 8601 UTC. */
  published: string;
  superseded: string | null;
  /** Of the ledger entry that kept it. */
  sequence: number;
  /** Whose reports and queries ran. */
  commit: string | null;
  /** Null where its files are out of reach: then there are no values either. */
  rows: number | null;
  /** Relative to the root of the repository; null where the rows are kept outside of it. */
  files: { manifest: string; rows: string | null };
  /** Text as in the manifest; null: no value. */
  metrics: { name: string; text: string | null; period: string | null }[];
  inputs: Input[];
  /** Its files have left the work tree: a commit that has them still. */
  retired: string | null;
  /** Its rows were destroyed. */
  erased: boolean;
}

/** A source as a snapshot read it. */
export interface Input {
  name: string;
  /** The first of its files; the manifest names all. */
  files: { path: string; bytes: number; sha256: string }[];
  /** How many more there are. */
  more: number;
}

/** A version as a line; numbers stand for places in the lists of its file. */
type Line = [
  asOf: AsOf, version: number, published: string, superseded: string | null, sequence: number, commit: number | null, rows: number | null,
  manifest: string, keptRows: boolean, inputs: number, periods: string | null | (string | null)[], texts: (string | null | 0)[], retired?: number | null, erased?: true,
];

/**
 * The versions of a year's as-ofs, in the order of as-ofs and versions; before them, the newest of an earlier year, so
 * that each day of the year can be told from the one file.
 */
export interface YearFile {
  format: typeof YEAR_FORMAT;
  report: string;
  year: string;
  metrics: string[];
  commits: string[];
  inputs: Input[][];
  versions: Line[];
}

/** A year that has a file, with the first day of each kind in it: the earliest as-of, the earliest publication. */
export interface Span {
  year: string;
  'as-of': string;
  published: string;
}

/** In the order of as-ofs and versions. */
export function inOrder(a: Pick<TravelVersion, 'asOf' | 'version'>, b: Pick<TravelVersion, 'asOf' | 'version'>): number {
  return a.asOf === b.asOf ? a.version - b.version : a.asOf < b.asOf ? -1 : 1;
}

/** @param versions in order */
export function yearFiles(report: string, versions: readonly TravelVersion[]): Map<string, YearFile> {
  const files = new Map<string, YearFile>();
  let before: TravelVersion | undefined;
  for (const [year, own] of Map.groupBy(versions, ({ asOf }) => asOf.slice(0, 4))) {
    files.set(year, pack(report, year, before ? [before, ...own] : own));
    before = own.at(-1);
  }
  return files;
}

/** The years that have a file, in order. */
export function spansOf(versions: readonly Pick<TravelVersion, 'asOf' | 'published'>[]): Span[] {
  return [...Map.groupBy(versions, ({ asOf }) => asOf.slice(0, 4))].map(([year, own]) => ({
    year, 'as-of': own.map(({ asOf }) => asOf.slice(0, 10)).sort()[0]!, published: own.map(({ published }) => published.slice(0, 10)).sort()[0]!,
  })).sort((a, b) => (a.year < b.year ? -1 : 1));
}

/** The one year whose file tells a day; undefined where nothing was there yet. */
export function spanAt<S extends { [mode in Mode]: string }>(spans: readonly S[], mode: Mode, day: string): S | undefined {
  return spans.findLast((span) => span[mode] <= day);
}

/** A day from which on something else is shown than before. */
export interface TravelStep<V> {
  day: string;
  shown: V;
}

/**
 * From which day on which version is shown, in the order of days. It agrees with `newestPublished` of the ledger at the
 * end of each day, UTC.
 * @param versions in order
 */
export function stepsOf<V extends Pick<TravelVersion, 'asOf' | 'version' | 'published'>>(versions: readonly V[], mode: Mode): TravelStep<V>[] {
  const dayOf = ({ asOf, published }: V): string => (mode === 'as-of' ? asOf : published).slice(0, 10);
  const steps: TravelStep<V>[] = [];
  for (const shown of mode === 'as-of' ? versions : versions.toSorted((a, b) => (a.published < b.published ? -1 : a.published > b.published ? 1 : 0))) {
    const last = steps.at(-1);
    if (last && inOrder(shown, last.shown) < 0) continue;
    if (last?.day === dayOf(shown)) last.shown = shown;
    else steps.push({ day: dayOf(shown), shown });
  }
  return steps;
}

/** What is shown on a day; undefined before the first. @param steps in order */
export function stepAt<V>(steps: readonly TravelStep<V>[], day: string): TravelStep<V> | undefined {
  return steps.findLast((step) => step.day <= day);
}

/**
 * The next day after `day` on which something else is shown; null where there is none.
 * @param steps of the file that tells the day
 * @param beyond first days of the files that come after it
 */
export function laterDay(steps: readonly Pick<TravelStep<unknown>, 'day'>[], beyond: readonly string[], day: string): string | null {
  return [...steps.map((step) => step.day), ...beyond].filter((other) => other > day).sort()[0] ?? null;
}

/** A list of values that are each there once. */
export class Distinct<V> {
  readonly values: V[] = [];
  readonly #places = new Map<string, number>();

  /** Where the value stands; it is added where it is not there. */
  placeOf(value: V): number {
    const key = JSON.stringify(value);
    const place = this.#places.get(key) ?? this.values.push(value) - 1;
    this.#places.set(key, place);
    return place;
  }
}

/** The day before, `2001-06-30`. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}

function pack(report: string, year: string, versions: readonly TravelVersion[]): YearFile {
  const metrics = new Distinct<string>();
  const commits = new Distinct<string>();
  const inputs = new Distinct<Input[]>();
  for (const told of versions) for (const { name } of told.metrics) metrics.placeOf(name);
  const lines = versions.map((told): Line => {
    const values = metrics.values.map((name) => told.metrics.find((metric) => metric.name === name));
    const [first = null] = told.metrics.map(({ period }) => period);
    return [
      told.asOf, told.version, told.published, told.superseded, told.sequence, told.commit === null ? null : commits.placeOf(told.commit), told.rows,
      told.files.manifest, told.files.rows !== null, inputs.placeOf(told.inputs),
      told.metrics.every(({ period }) => period === first) ? first : values.map((value) => value?.period ?? null), values.map((value) => (value ? value.text : 0)),
      ...(told.retired === null && !told.erased ? [] : [told.retired === null ? null : commits.placeOf(told.retired), ...(told.erased ? [true as const] : [])]) as [],
    ];
  });
  return { format: YEAR_FORMAT, report, year, metrics: metrics.values, commits: commits.values, inputs: inputs.values, versions: lines };
}

/** The versions of a year's file, in order. */
export function unpack({ metrics, commits, inputs, versions }: YearFile): TravelVersion[] {
  return versions.map(([asOf, version, published, superseded, sequence, commit, rows, manifest, keptRows, input, periods, texts, retired = null, erased = false]) => ({
    asOf, version, published, superseded, sequence, commit: commit === null ? null : commits[commit]!, rows,
    retired: retired === null ? null : commits[retired]!, erased, files: { manifest, rows: keptRows ? manifest.replace(/\.json$/, '.csv') : null }, inputs: inputs[input]!,
    metrics: texts.flatMap((text, at) => (text === 0 ? [] : [{ name: metrics[at]!, text, period: Array.isArray(periods) ? periods[at]! : periods }])),
  }));
}
