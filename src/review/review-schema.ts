import { z } from 'zod';
import { REVIEW_FORMAT, type Review } from '../analysis/review/review.ts';
import { SQL_CLASSES } from '../analysis/sql/class.ts';
import { DaybookError } from '../error.ts';
import { LEVELS, PERIODS, reviewSchema as policySchema } from '../report/schema.ts';
import { VERDICTS } from '../report/verdict.ts';
import { comparison } from './comparison-schema.ts';
import { check, column, count, digest, metricValue, numberFormat } from './result-schema.ts';

/*
 * The document of a review, as it has to be read by whoever is given one by a job that ran a stranger's change: no key that is
 * not known, no value of another kind. The texts in it may say anything.
 */

const text = z.string();
const cell = z.string().nullable();
const commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const rowsDigest = z.union([digest, z.templateLiteral(['hmac-sha256:', z.string().regex(/^[0-9a-f]{64}$/)])]);

const revision = z.strictObject({
  commit: commit.nullable().describe('40 or 64 hexadecimal digits; null for a work tree'),
  label: text.describe('What people call it: a branch, `work tree`, or the first ten digits'),
}).meta({ id: 'revision' });

const problem = z.strictObject({
  report: cell.describe('The report that it stops; null for other files'),
  code: text.describe('The permanent code of the error, e.g. query-failed'),
  message: text.describe('What is wrong'),
  remedy: text.describe('What to do'),
  file: cell.describe('Path from the instance’s root'),
  line: count.nullable().describe('Line of the file, from 1'),
  column: count.nullable().describe('Column of the line, from 1'),
}).meta({ id: 'problem' });

const waiver = z.strictObject({
  gate: policySchema.shape.gates.unwrap().keyof().describe('The gate that it lets pass'),
  report: cell.describe('The report’s id; null for the change as a whole'),
  head: commit.describe('The commit that was looked at'),
  by: text.describe('Who has looked at it'),
  reason: text.describe('Why it may pass'),
  until: cell.describe('The last day that it holds; null: no other end than the commit’s'),
}).meta({ id: 'waiver' });

const gate = z.strictObject({
  gate: policySchema.shape.gates.unwrap().keyof().describe('The rule’s name'),
  level: z.enum(LEVELS).describe('What it does where it fails'),
  status: z.enum(['pass', 'fail', 'not-run']).describe('Whether it holds; what was not run is never a pass'),
  expected: text.describe('What must hold, as plain text of one line'),
  actual: text.describe('What was found, as plain text of one line'),
  subject: cell.describe('The column or metric that it is about'),
  waiver: waiver.nullable().describe('Who lets it pass'),
}).meta({ id: 'gate' });

const gates = z.array(gate);

const result = z.strictObject({
  columns: z.array(column).describe('Its columns, in order'),
  rows: z.strictObject({
    count: count.describe('How many'),
    bytes: count.describe('Size as CSV, in bytes'),
    sha256: rowsDigest.describe('Digest of the CSV; keyed for personal data'),
  }).describe('Its rows'),
  metrics: z.array(metricValue).describe('Headline values'),
  checks: z.array(check).describe('What the report’s checks found'),
}).meta({ id: 'result' });

const side = z.strictObject({
  status: z.enum(['ok', 'failed', 'timeout', 'memory', 'refused', 'unreadable']).describe('How the run ended; unreadable: its data is not here'),
  error: problem.nullable().describe('Why there is no result; null where the status is ok'),
  definition: digest.nullable().describe('Digest of the definition, query and macros; null where they cannot be read'),
  requested: cell.describe('The as-of that was asked for'),
  asOf: cell.describe('The moment that the result describes'),
  result: result.nullable().describe('What came back; null unless the status is ok'),
  data: digest.nullable().describe('Digest of columns, rows and metrics'),
  milliseconds: z.number().min(0).nullable().describe('Of the faster of two runs; null where nothing ran'),
  deterministic: z.boolean().nullable().describe('Whether a second run gave the same result; null where it did not run'),
  order: z.strictObject({
    sources: z.array(text).describe('Sources whose rows in another order give another result'),
    error: cell.describe('Code of the error that the other order ends in'),
    partly: z.boolean().describe('Parts of each source changed places, since all rows in the opposite order took too much'),
  }).nullable().describe('What the order of rows in files decides; null where that is not known'),
  warnings: z.array(text).describe('What the run warned of, e.g. late data'),
}).meta({ id: 'side' });

const quantiles = z.strictObject({
  p05: cell.describe('5 % of the values are no larger'),
  p25: cell.describe('25 % of the values are no larger'),
  p50: cell.describe('The median'),
  p75: cell.describe('75 % of the values are no larger'),
  p95: cell.describe('95 % of the values are no larger'),
});

const sideDistribution = z.strictObject({
  rows: count.describe('Rows of the result'),
  nulls: count.describe('Rows without a value'),
  distinct: count.describe('Different values'),
  min: cell.describe('The smallest value, as text'),
  max: cell.describe('The largest value, as text'),
  sum: cell.describe('The exact sum as text; null for what is no number'),
  mean: z.number().nullable().describe('The mean; null for what is no number'),
  quantiles: quantiles.nullable().describe('Values that are there, as text; null for what is no number or time'),
}).meta({ id: 'sideDistribution' });

const distribution = z.strictObject({
  name: text.describe('The column'),
  type: text.describe('DuckDB’s name of its type'),
  base: sideDistribution.nullable().describe('Its values before; null where it is not there'),
  head: sideDistribution.nullable().describe('Its values after; null where it is not there'),
  largestDifference: cell.describe('Largest difference of two numbers of matched rows, as text'),
  top: z.array(z.strictObject({
    value: cell.describe('The value, as text'),
    base: count.describe('Rows that have it before'),
    head: count.describe('Rows that have it after'),
  })).describe('The most frequent values of either side, the most frequent first'),
  histogram: z.strictObject({
    edges: z.array(text).describe('Where steps begin and the last one ends: one more than there are steps'),
    base: z.array(count).describe('Values in each step before'),
    head: z.array(count).describe('Values in each step after'),
  }).nullable().describe('Values in equal steps; null for what is no number or time'),
});

const seriesDifference = z.strictObject({
  periods: count.describe('Complete periods of either side'),
  differing: count.describe('How many of them differ'),
  most: z.strictObject({
    period: text.describe('First day or instant of the period'),
    before: cell.describe('The value before'),
    after: cell.describe('The value after'),
    ratio: z.number().nullable().describe('The difference as a share of the value before'),
  }).describe('The period that differs most'),
});

const metricEdit = z.strictObject({
  property: z.enum(['value', 'label', 'format', 'unit', 'better', 'target']).describe('The key of the metric'),
  before: cell.describe('What it said before'),
  after: cell.describe('What it says after'),
});

const backtest = z.strictObject({
  asked: count.describe('As-ofs of the past that were asked for'),
  points: z.array(z.strictObject({
    asOf: text.describe('The moment that the results describe'),
    snapshot: cell.describe('The snapshot that readers have, cited'),
    metrics: z.array(z.strictObject({
      name: text.describe('As the report’s YAML calls it'),
      type: text.describe('DuckDB’s name of the value’s type'),
      published: cell.describe('What readers have'),
      base: cell.describe('What the definition before gives'),
      head: cell.describe('What the definition after gives'),
    })).describe('Metrics at this as-of'),
    alerts: z.strictObject({
      base: z.array(text).describe('With the definition before'),
      head: z.array(text).describe('With the definition after'),
    }).describe('Checks that would have failed and targets that would have been missed'),
    failed: z.strictObject({
      base: cell.describe('Code of the error before'),
      head: cell.describe('Code of the error after'),
    }).describe('Runs that failed; null where they did not'),
  })).describe('As-ofs of the past that were run'),
  unreachable: z.array(z.strictObject({
    asOf: text.describe('The as-of'),
    reason: text.describe('Why it was not run'),
  })).describe('As-ofs that were not run'),
});

const drift = z.strictObject({
  files: z.array(text).describe('Data files that the change touches'),
  comparison: comparison.nullable().describe('The definition before on the files before, against the same on the files after'),
  error: cell.describe('Why there is no comparison'),
});

const inputs = z.strictObject({
  identical: z.boolean().describe('Every file that both sides read had the same bytes, and both were asked for the same as-of'),
  files: z.array(z.strictObject({
    source: text.describe('The source that reads it'),
    path: text.describe('Path from the instance’s root'),
    bytes: count.describe('Size, in bytes'),
    sha256: digest.describe('Digest of its bytes'),
    readBy: z.enum(['both', 'base', 'head']).describe('Which side read it'),
  })).describe('Files that were read'),
  rows: z.array(z.strictObject({
    source: text.describe('The source'),
    base: count.nullable().describe('Rows before; null where that side did not read it, or failed'),
    head: count.nullable().describe('Rows after, as `base`'),
  })).optional().describe('How many rows each source has'),
  drift: drift.nullable().describe('What the change does to data files, apart from definitions; null where it touches none, and of a new report'),
});

const cause = z.strictObject({
  kind: z.enum(['query', 'macro', 'definition', 'parameters', 'source', 'data', 'settings', 'words', 'unreadable']).describe('What has changed'),
  file: text.describe('The file that has changed'),
  detail: text.describe('What in it: keys or names; empty where the file says it all'),
  line: z.int().positive().max(10_000_000).optional().describe('The first of its lines that is not as before; missing where it has none'),
});

const metric = z.strictObject({
  name: text.describe('As the report’s YAML calls it'),
  label: text.describe('What readers call it'),
  format: numberFormat.describe('A d3-format, e.g. .1%'),
  unit: cell.describe('Written after the number'),
  better: z.enum(['higher', 'lower']).nullable().describe('Which direction is good'),
  target: z.number().nullable().describe('The value to reach'),
  edits: z.array(metricEdit).optional().describe('What of its definition was otherwise before'),
  series: seriesDifference.optional().describe('Its periods, where they differ'),
});

const report = z.strictObject({
  // Part of addresses and of files’ names.
  report: z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)*$/).max(400).describe('The report’s id, e.g. aviation/flights-daily'),
  title: text.describe('What readers call it'),
  team: text.describe('The team that it is of'),
  owner: text.describe('Who answers for it'),
  change: z.enum(['added', 'removed', 'modified', 'described']).describe('What happens to it; described: words alone'),
  was: text.optional().describe('The id that it had before, where that was another'),
  period: z.enum(PERIODS).optional().describe('How long the periods of its metrics are; missing where it has no time'),
  causes: z.array(cause).describe('Why it is affected'),
  verdict: z.enum(VERDICTS).describe('What a reviewer of this report is told to do'),
  gates: gates.describe('What it was held against'),
  base: side.nullable().describe('The run before; null where the report was not there'),
  head: side.nullable().describe('The run after; null where the report is not there'),
  inputs: inputs.describe('What both sides read'),
  comparison: comparison.nullable().describe('What differs between the results; null unless both sides have one'),
  distributions: z.array(distribution).describe('Values of columns that differ; of a new report, of all'),
  sql: z.strictObject({
    classes: z.array(z.enum(SQL_CLASSES)).describe('What kind of change it is'),
    lines: z.array(text).describe('Lines of a unified difference'),
  }).nullable().describe('The query before and after'),
  metrics: z.array(metric).describe('How metrics are called and written'),
  backtest: backtest.nullable().describe('What would have been published at as-ofs of the past; null where that was not run'),
  changes: z.strictObject({
    file: text.describe('Path beside this document'),
    sha256: digest.describe('Digest of its bytes'),
    rows: count.describe('Changed rows in it'),
    bytes: count.describe('Size, in bytes'),
  }).nullable().describe('The CSV with all changed rows; null where there are none, and for personal data'),
  personal: z.boolean().describe('Values of rows are withheld, since columns say something of people'),
}).meta({ id: 'report' });

export const reviewDocumentSchema = z.strictObject({
  format: z.literal(REVIEW_FORMAT).describe('The version of this document'),
  base: revision.describe('The commit before the change'),
  tip: commit.describe('The newest commit of the branch that the change is for, whose rules judge'),
  head: revision.describe('The commit with the change'),
  time: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/).describe('When the review was made, UTC'),
  engine: z.strictObject({
    name: text.describe('The engine, e.g. DuckDB'),
    version: text.describe('Its version'),
    settings: z.record(text, z.union([text, z.number()])).describe('Settings that matter for results'),
  }).describe('What ran the queries'),
  job: z.url({ protocol: /^https?$/ }).max(2_000).optional().describe('The CI system’s page of the job that made the review'),
  verdict: z.enum(VERDICTS).describe('The worst of all gates and reports'),
  gates: gates.describe('What the change as a whole was held against'),
  reports: z.array(report).describe('The affected reports, the worst first'),
  unaffected: count.describe('How many reports the change does not touch'),
  unlisted: count.optional().describe('Affected reports that are left out so that the document fits; missing: none'),
  problems: z.array(problem).describe('What is wrong, by file and line'),
  omitted: z.array(text).describe('What was left out so that it fits, in sentences'),
});

/** Most bytes of a document. */
export const REVIEW_BYTES = 1_000_000;

/** One line of JSON. It is checked where it is read, by `readReview`: whoever reads it trusts nobody. */
export function writeReview(review: Review): string {
  return `${JSON.stringify(review)}\n`;
}

/**
 * A review out of a document that anybody may have written.
 * @throws `review-broken` for one that is too large, no JSON, or has anything in it that a review has not; with the path of the first
 */
export function readReview(document: string, file = 'review.json'): Review {
  const broken = (what: string, key?: string): DaybookError => new DaybookError('review-broken', what, { file, key });
  const bytes = Buffer.byteLength(document);
  if (bytes > REVIEW_BYTES) throw broken(`${bytes} bytes are more than the ${REVIEW_BYTES} that a review may have`);
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    throw broken('not JSON');
  }
  const parsed = reviewDocumentSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(issue!.message.slice(0, 300), issue!.path.join('.').slice(0, 300) || undefined);
}
