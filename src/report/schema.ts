import { z } from 'zod';
import { day, filePattern, format, name, slug, span, text, webAddress } from './value-schema.ts';

/**
 * The one description of what people write: `daybook.yml`, `reports/**.yml`, `queries/sources/*.yml`.
 * Validation, the editor's completion (JSON Schema) and the reference page all come from it.
 */

export const PERIODS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
const CHARTS = ['line', 'area', 'bar', 'dot'] as const;

const metric = z.strictObject({
  label: text.describe('What readers call it'),
  value: text.describe('Aggregates of the result’s columns, e.g. sum(on_time) / sum(flights)'),
  format: format.default(',.4~g'),
  unit: text.optional().describe('Written after the number, e.g. "min"'),
  better: z.enum(['higher', 'lower']).optional().describe('Which direction is good; without it, a change is neither'),
  target: z.number().optional().describe('The value to reach'),
  description: text.optional().describe('One sentence: what it counts and what it leaves out'),
});

const column = z.strictObject({
  label: text.optional().describe('What readers call it; default: the column’s name'),
  format: format.optional(),
  unit: text.optional().describe('Written after the number, e.g. "min"'),
  was: text.optional().describe('Its name before: a comparison goes on across the rename'),
  personal: z.boolean().default(false).describe('Says something of a person: the report’s rows are kept outside of Git, so that they can be erased'),
});

const chart = z.strictObject({
  type: z.enum(CHARTS).describe('How it is drawn, e.g. line for a metric over time, bar for one by a dimension'),
  y: text.describe('A metric’s name'),
  x: name.optional().describe('A dimension to break the headline period down by; without it, the metric over time'),
  by: name.optional().describe('A dimension: a line for each of its largest values'),
  title: text.optional().describe('Above the chart; default: the metric’s label, and the dimension’s'),
  limit: z.int().min(1).max(40).default(12).describe('How many values of a dimension are drawn'),
});

const checkLevel = z.enum(['error', 'warn']).default('error').describe('error: the run fails; warn: it is kept, and marked');
const bound = z.union([z.number(), z.string()]);

const check = z.union([
  z.strictObject({
    rows: z.strictObject({
      min: z.int().min(0).optional().describe('Fewest rows, e.g. 1'),
      max: z.int().min(0).optional().describe('Most rows'),
    }).describe('How many rows the result has, e.g. { min: 1 }'),
    level: checkLevel,
  }),
  z.strictObject({
    column: text.describe('The column of the result that is checked'),
    not_null: z.boolean().optional().describe('true: each row has a value'),
    unique: z.boolean().optional().describe('true: no value stands twice; rows without one do not count'),
    min: bound.optional().describe('Smallest value allowed: a number, or a text such as "2001-01-01"'),
    max: bound.optional().describe('Largest value allowed, as `min`'),
    in: z.array(z.union([z.string(), z.number()])).min(1).optional().describe('The only values allowed, e.g. [open, closed]'),
    level: checkLevel,
  }),
]);

const schedule = z.strictObject({
  cron: text.describe('Five fields: minute, hour, day of month, month, day of week; "0 6 * * *" is each day at six'),
  timezone: text.optional().describe('An IANA name, e.g. America/New_York; default from daybook.yml'),
  catch_up: z.enum(['last', 'all', 'none']).optional().describe('What a late job runs: the last slot (default), all, or none'),
});

const limits = z.strictObject({
  seconds: z.number().positive().optional().describe('Time for the query, in seconds'),
  memory_mb: z.int().min(64).optional().describe('Memory for the query, in megabytes'),
  rows: z.int().min(1).optional().describe('Most rows of the result'),
  bytes: z.int().min(1).optional().describe('Size of the rows as CSV, in bytes'),
});

const count = z.union([z.int().min(1), z.literal('all')]);

const keep = z.strictObject({
  daily: count.default('all').describe('The newest so many days, with every as-of of each'),
  monthly: count.optional().describe('Before that, the last as-of of each of so many months'),
  yearly: count.optional().describe('Before that, the last as-of of each of so many years'),
});

export const LEVELS = ['off', 'warn', 'block'] as const;
const level = z.enum(LEVELS);

/** What a pull request is held against; the worst gate that fails says what a reviewer is told. */
const gates = z.strictObject({
  status: level.default('block').describe('The report runs'),
  inputs: level.default('block').describe('Both sides read the same files, for the same as-of; where the definition asks for other sources, or for times in place of days, it warns'),
  query: level.default('warn').describe('The query asks for nothing else: its text, its macros, its parameters, its sources, `as_of`, `time`, the days of its schedule and the formulas of metrics differ in layout alone, and no metric is new'),
  determinism: level.default('block').describe('A second run gives the same result'),
  order: level.default('warn').describe('The same rows in another order give the same result'),
  key: level.default('block').describe('No two rows have the same key, and no key is NULL'),
  empty: level.default('block').describe('A result that had rows still has some'),
  columns: level.default('block').describe('No column is gone, and none has a type that does not hold its values'),
  rows: level.default('warn').describe('The number of rows changes by no more than `rows_change`'),
  nulls: level.default('warn').describe('The share of NULLs in a column grows by no more than `nulls_change`; where a column had none, any is to be looked at'),
  values: level.default('warn').describe('No more than `values_change` of a column’s values change, of its total, and of the rows'),
  metrics: level.default('warn').describe('No metric changes by more than `metric_change`, or has another target, unit, format or better direction'),
  checks: level.default('block').describe('No check fails that did not fail before, and none is gone'),
  cost: level.default('warn').describe('The query takes no more than `cost_change` times as long, where that is over a second more'),
  backtest: level.default('warn').describe('No published number would have been another, and no warning new'),
  data: level.default('warn').describe('The change leaves the data files alone that reports read'),
  words: level.default('warn').describe('Titles, labels, descriptions and the narrative stay as they are, and so does how columns and charts show numbers'),
  files: level.default('block').describe('The change leaves `snapshots/` alone, and is plain files'),
  code: level.default('warn').describe('The change leaves Daybook’s code, its packages and its workflows alone'),
  policy: level.default('warn').describe('The change leaves these rules alone, and promises about lateness'),
});

const share = z.number().min(0);

const thresholds = {
  rows_change: share.describe('As a share of the rows before'),
  nulls_change: share.describe('In points: 0.01 is from 2 % to 3 %'),
  values_change: share.describe('As a share of the rows that both sides have, or of those before that others took the place of'),
  metric_change: share.describe('As a share of the value before'),
  cost_change: z.number().min(1).describe('2: twice as long; less than a second more is held against nobody'),
};

/** The names of what a change may be at most, under `review` of the instance and of a report. */
export type Threshold = keyof typeof thresholds;
export const THRESHOLDS = Object.keys(thresholds) as Threshold[];

/** A report can be held to more than the instance, never to less. */
const reportReview = z.strictObject({
  gates: z.partialRecord(z.enum(Object.keys(gates.shape) as [keyof typeof gates.shape]), level).default({}).describe('Gates that are stricter for this report, e.g. { metrics: block }'),
  rows_change: thresholds.rows_change.optional(),
  nulls_change: thresholds.nulls_change.optional(),
  values_change: thresholds.values_change.optional(),
  metric_change: thresholds.metric_change.optional(),
  cost_change: thresholds.cost_change.optional(),
  metrics: z.record(name, share).default({}).describe('For a metric of its own: most change, as a share of the value before'),
});

const waiver = z.strictObject({
  gate: z.enum(Object.keys(gates.shape) as [keyof typeof gates.shape]).describe('The gate that is let pass'),
  report: text.optional().describe('The report’s id; without it, for gates of the change as a whole'),
  head: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'the full id of a commit').describe('The commit that was looked at; a later one needs another look'),
  by: text.describe('Who has looked at it'),
  reason: text.describe('Why it may pass; the review shows it'),
  until: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-12-31').optional().describe('The last day that it holds'),
});

export const reviewSchema = z.strictObject({
  gates: gates.prefault({}).describe('What each gate does where it fails: off, warn or block'),
  rows_change: thresholds.rows_change.default(0.1),
  nulls_change: thresholds.nulls_change.default(0.01),
  values_change: thresholds.values_change.default(0.1),
  metric_change: thresholds.metric_change.default(0.05),
  cost_change: thresholds.cost_change.default(2),
  backtest: z.int().min(0).max(366).default(12).describe('How many as-ofs of the past a changed report is run for'),
  minutes: z.int().min(1).max(300).default(20).describe('How long a review may take: no report is begun after that, and what was begun has a quarter more'),
  waivers: z.array(waiver).default([]).describe('Read from the base branch alone: no pull request waives its own'),
});

export const reportSchema = z.strictObject({
  title: text.max(160).describe('What readers call it, e.g. US flights by day; at most 160 characters'),
  team: slug.describe('A team of daybook.yml'),
  owner: text.describe('Who answers for it: an address or a handle'),
  description: text.describe('One or two sentences: what it shows'),
  reader: text.optional().describe('Who reads it'),
  decision: text.optional().describe('The decision that it serves'),
  query: text.optional().describe('The SQL file below queries/; default: the report’s id'),
  sources: z.array(slug).default([]).describe('Names from queries/sources/'),
  schedule: schedule.describe('When it is run, e.g. { cron: "0 6 * * *", timezone: America/New_York }'),
  as_of: z.union([z.literal('scheduled'), z.strictObject({ column: text.describe('A column of dates or times; its largest value up to $as_of counts') })])
    .default('scheduled').describe('The moment that a result describes: `scheduled`, the time that the schedule names, or { column: date }, the newest one in a column'),
  parameters: z.record(name, z.union([z.string(), z.number(), z.boolean()])).default({}).describe('Values that the query names with a $, e.g. { least: 10 } for $least'),
  key: z.array(text).default([]).describe('The columns that identify a row'),
  time: z.strictObject({
    column: text.describe('The column with the time of a row, e.g. date'),
    period: z.enum(PERIODS).describe('How long a period is, e.g. day'),
  }).optional().describe('For a report over time: a metric is shown for each period; without it, for the result as a whole'),
  sort: z.array(text).default([]).describe('Columns, "-" before one for descending'),
  dimensions: z.record(text, column).default({}).describe('Columns that charts break numbers down by, e.g. { origin: { label: Airport } }'),
  columns: z.record(text, column).default({}).describe('How other columns are shown'),
  metrics: z.record(name, metric).default({}).describe('The report’s numbers by name, e.g. { flights: { label: Flights, value: sum(flights) } }'),
  charts: z.array(chart).default([]).describe('The charts of its page, e.g. [{ type: line, y: flights }]'),
  checks: z.array(check).default([]).describe('What must hold of each result, e.g. [{ column: origin, not_null: true }]'),
  limits: limits.default({}).describe('What the query may use; default: `defaults` and `limits` of daybook.yml, whose `limits` nothing exceeds'),
  approval: z.union([z.literal('required'), z.strictObject({ approvers: z.int().min(1).max(2).describe('How many people have to approve: 1 or 2') })]).optional().describe('Readers see a new result only when so many people have approved it; `required` is one'),
  keep: keep.optional().describe('Older snapshots leave the work tree; Git’s history keeps them. Without it, all stay'),
  retain: z.string().regex(/^[1-9]\d{0,3} ?(days?|months?|years?)$/, 'a span such as "90 days" or "6 years"').optional().describe('Rows with personal data may not be erased before so long after they were kept'),
  legal_hold: z.boolean().default(false).describe('Nothing of this report may be erased for now'),
  review: reportReview.optional().describe('What a pull request that changes this report is held against, beyond daybook.yml; never less'),
});

export const sourceSchema = z.strictObject({
  description: text.optional().describe('What a row is, and where the data comes from'),
  files: z.union([filePattern, z.array(filePattern).min(1)]).describe('A path or a glob from the instance’s root'),
  format: z.enum(['csv', 'parquet', 'json', 'ndjson']).optional().describe('Default: from the file’s ending'),
  columns: z.record(text, text).default({}).describe('Declared types, e.g. { date: TIMESTAMP, price: "DECIMAL(12,2)" }; default: found in the file'),
  csv: z.strictObject({
    delimiter: z.string().min(1).max(4).optional().describe('What stands between two fields, e.g. ";"; default: a comma, in a .tsv a tab'),
    header: z.boolean().optional().describe('Whether the first line has the names of the columns; default: true'),
    null: z.array(z.string()).optional().describe('Texts that mean "no value"'),
    decimal: z.enum(['.', ',']).optional().describe('The sign before decimals; default: a point'),
    thousands: z.enum(['.', ',']).optional().describe('The sign between thousands: 9.532,07 has decimal "," and thousands "."'),
    dates: text.optional().describe('The format of dates, e.g. "%m/%d/%y"'),
    encoding: z.enum(['utf-8', 'latin-1', 'utf-16']).optional().describe('Default: utf-8'),
  }).refine(({ decimal = '.', thousands }) => thousands !== decimal, 'decimal and thousands have to be different signs; where thousands is ".", write decimal: ","').default({}).describe('How CSV files are written, where it is not with commas, points and a header'),
  cluster_by: z.array(text).default([]).describe('Columns to sort the import by: those that queries filter on'),
  archive: day.optional().describe('The data has ended on this day; freshness is judged against it'),
  freshness: z.strictObject({
    column: text.describe('The column with the time of a row, e.g. shipped'),
    within: span.describe('How old the newest row may be, e.g. "36 hours"'),
    level: z.enum(['error', 'warn']).default('warn').describe('error: runs fail on older data; warn: they say so'),
  }).optional().describe('When the data counts as late, e.g. { column: shipped, within: 36 hours }'),
  prepare: text.optional().describe('A command that fetches or exports the files; run by the job alone'),
  secrets: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable')).default([]).describe('Names of environment variables that `prepare` may see'),
  publisher: text.optional().describe('Who publishes the data'),
  license: text.optional().describe('On which terms, e.g. CC BY 4.0'),
  url: webAddress.optional().describe('Where the data is described'),
});

export const ledgerSchema = z.strictObject({
  keys: z.array(z.strictObject({
    key: z.string().regex(/^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/, 'a public key as `npx daybook key` prints it').describe('Public half: name+hash+base64'),
    since: z.int().min(1).default(1).describe('The first ledger entry that it may sign'),
  })).default([]).describe('Who signs the checkpoint; the newest key last. A key stays listed for good'),
});

export const instanceSchema = z.strictObject({
  title: text.describe('The site’s name, e.g. Daybook'),
  description: text.optional().describe('One sentence for the foot of each page'),
  instance: slug.describe('The instance’s name in its ledger; never changed'),
  url: webAddress.optional().describe('Where the site is published'),
  repository: webAddress.optional().describe('Where the repository is shown, for links'),
  teams: z.record(slug, z.strictObject({
    title: text.describe('What readers call the team, e.g. Help desk'),
    description: text.optional().describe('One sentence above its reports'),
  })).describe('Teams by the name that their reports give, e.g. { sales: { title: Sales } }'),
  defaults: z.strictObject({
    timezone: text.default('UTC').describe('Of schedules: an IANA name, e.g. America/New_York'),
    catch_up: z.enum(['last', 'all', 'none']).default('last').describe('What a late job runs: the last slot, all, or none'),
    seconds: z.number().positive().default(60).describe('Time for a query, in seconds'),
    memory_mb: z.int().min(64).default(1024).describe('Memory for a query, in megabytes'),
  }).prefault({}).describe('For reports that do not say it themselves'),
  limits: z.strictObject({
    seconds: z.number().positive().default(600).describe('Most time for a query, in seconds'),
    memory_mb: z.int().min(64).default(4096).describe('Most memory for a query, in megabytes'),
    rows: z.int().min(1).default(1_000_000).describe('Most rows of a result'),
    bytes: z.int().min(1).default(25_000_000).describe('Most bytes of a result’s rows as CSV'),
    disk_mb: z.int().min(16).default(5_000).describe('Most disk that the import of a source may take, in megabytes'),
    parallel: z.int().min(1).max(64).optional().describe('Queries at once; default: the machine’s cores'),
  }).prefault({}).describe('What no report may exceed'),
  git: z.strictObject({
    name: text.default('Daybook').describe('Author and committer'),
    email: text.default('daybook@localhost').describe('Their address'),
  }).prefault({}).describe('Who the job’s commits are by'),
  ledger: ledgerSchema.prefault({}).describe('How the ledger is signed'),
  review: reviewSchema.prefault({}).describe('What pull requests are held against'),
  personal_store: text.optional().describe('Folder outside of Git’s history for rows with personal data, absolute or from the root; only with such reports'),
  source_roots: z.array(text).default(['.']).describe('Folders below the root that sources may read'),
});

export type ReportSpec = z.output<typeof reportSchema>;
export type SourceSpec = z.output<typeof sourceSchema>;
export type InstanceSpec = z.output<typeof instanceSchema>;
export type MetricSpec = ReportSpec['metrics'][string];
export type ChartSpec = ReportSpec['charts'][number];
export type ChartType = (typeof CHARTS)[number];
export type CheckSpec = ReportSpec['checks'][number];
export type ReviewPolicy = InstanceSpec['review'];
export type ReportReviewPolicy = NonNullable<ReportSpec['review']>;
export type GateName = keyof ReviewPolicy['gates'];
export type Level = (typeof LEVELS)[number];
export type KeepSpec = NonNullable<ReportSpec['keep']>;
export type Period = (typeof PERIODS)[number];
