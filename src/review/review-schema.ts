import { z } from 'zod';
import { VERDICTS } from '../analysis/gates.ts';
import { REVIEW_FORMAT, type Review } from '../analysis/review.ts';
import { SQL_CLASSES } from '../analysis/sql-difference.ts';
import { DaybookError } from '../error.ts';
import { LEVELS, reviewSchema as policySchema } from '../report/schema.ts';
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

const revision = z.strictObject({ commit: commit.nullable(), label: text });

const problem = z.strictObject({ report: cell, code: text, message: text, remedy: text, file: cell, line: count.nullable(), column: count.nullable() });

const waiver = z.strictObject({ gate: policySchema.shape.gates.unwrap().keyof(), report: cell, head: commit, by: text, reason: text, until: cell });

const gate = z.strictObject({
  gate: policySchema.shape.gates.unwrap().keyof(),
  level: z.enum(LEVELS), status: z.enum(['pass', 'fail', 'not-run']), expected: text, actual: text, subject: cell, waiver: waiver.nullable(),
});

const result = z.strictObject({
  columns: z.array(column),
  rows: z.strictObject({ count, bytes: count, sha256: rowsDigest }),
  metrics: z.array(metricValue),
  checks: z.array(check),
});

const side = z.strictObject({
  status: z.enum(['ok', 'failed', 'timeout', 'memory', 'refused', 'unreadable']),
  error: problem.nullable(), definition: digest.nullable(), requested: cell, asOf: cell, result: result.nullable(), data: digest.nullable(),
  milliseconds: z.number().min(0).nullable(), deterministic: z.boolean().nullable(), warnings: z.array(text),
});

const quantiles = z.strictObject({ p05: cell, p25: cell, p50: cell, p75: cell, p95: cell });
const sideDistribution = z.strictObject({ rows: count, nulls: count, distinct: count, min: cell, max: cell, sum: cell, mean: z.number().nullable(), quantiles: quantiles.nullable() });

const distribution = z.strictObject({
  name: text, type: text, base: sideDistribution.nullable(), head: sideDistribution.nullable(), largestDifference: cell,
  top: z.array(z.strictObject({ value: cell, base: count, head: count })),
  histogram: z.strictObject({ edges: z.array(text), base: z.array(count), head: z.array(count) }).nullable(),
});

const seriesDifference = z.strictObject({ periods: count, differing: count, most: z.strictObject({ period: text, before: cell, after: cell, ratio: z.number().nullable() }) });
const metricEdit = z.strictObject({ property: z.enum(['value', 'label', 'format', 'unit', 'better', 'target']), before: cell, after: cell });

const backtest = z.strictObject({
  asked: count,
  points: z.array(z.strictObject({
    asOf: text, snapshot: cell,
    metrics: z.array(z.strictObject({ name: text, type: text, published: cell, base: cell, head: cell })),
    alerts: z.strictObject({ base: z.array(text), head: z.array(text) }),
    failed: z.strictObject({ base: cell, head: cell }),
  })),
  unreachable: z.array(z.strictObject({ asOf: text, reason: text })),
});

const report = z.strictObject({
  // Part of addresses and of files’ names.
  report: z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)*$/).max(400),
  title: text, team: text, owner: text,
  change: z.enum(['added', 'removed', 'modified', 'described']),
  was: text.optional(),
  causes: z.array(z.strictObject({ kind: z.enum(['query', 'macro', 'definition', 'parameters', 'source', 'data', 'settings', 'words', 'unreadable']), file: text, detail: text })),
  verdict: z.enum(VERDICTS), gates: z.array(gate), base: side.nullable(), head: side.nullable(),
  inputs: z.strictObject({
    identical: z.boolean(),
    files: z.array(z.strictObject({ source: text, path: text, bytes: count, sha256: digest, readBy: z.enum(['both', 'base', 'head']) })),
    drift: z.strictObject({ files: z.array(text), comparison: comparison.nullable(), error: cell }).nullable(),
  }),
  comparison: comparison.nullable(),
  distributions: z.array(distribution),
  sql: z.strictObject({ classes: z.array(z.enum(SQL_CLASSES)), lines: z.array(text) }).nullable(),
  metrics: z.array(z.strictObject({ name: text, label: text, format: numberFormat, unit: cell, better: z.enum(['higher', 'lower']).nullable(), target: z.number().nullable(), edits: z.array(metricEdit).optional(), series: seriesDifference.optional() })),
  backtest: backtest.nullable(),
  changes: z.strictObject({ file: text, sha256: digest, rows: count, bytes: count }).nullable(),
  personal: z.boolean(),
});

export const reviewDocumentSchema = z.strictObject({
  format: z.literal(REVIEW_FORMAT),
  base: revision, tip: commit, head: revision,
  time: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
  engine: z.strictObject({ name: text, version: text, settings: z.record(text, z.union([text, z.number()])) }),
  verdict: z.enum(VERDICTS), gates: z.array(gate), reports: z.array(report), unaffected: count, unlisted: count.optional(),
  problems: z.array(problem), omitted: z.array(text),
});

/** Most bytes of a document. */
export const REVIEW_BYTES = 1_000_000;

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
