import type { ConclusiveComparison } from '../../src/analysis/comparison/comparison.ts';
import { COMPARISON_FORMAT, TOLERANCE } from '../../src/analysis/comparison/comparison.ts';
import type { UnjudgedReport } from '../../src/analysis/gate/report.ts';
import { REVIEW_FORMAT, type ReportReview, type Review, type ReviewSide } from '../../src/analysis/review/review.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import type { MetricValue, Result } from '../../src/snapshot/manifest.ts';

const BASE = 'a'.repeat(40);
export const HEAD = 'b'.repeat(40);

export function metric(name: string, value: string | null, type = 'HUGEINT'): MetricValue {
  return { name, value, type, period: null };
}

export function sideOf(rows: number | null, more: Partial<ReviewSide> = {}, result: Partial<Result> = {}): ReviewSide {
  const digest = digestBytes(String(rows));
  return {
    status: 'ok', error: null, definition: digest, requested: '2026-01-07', asOf: '2026-01-06', data: digest, milliseconds: 120, deterministic: true, order: { sources: [], error: null, partly: false }, warnings: [],
    result: rows === null ? null : { columns: [{ name: 'day', type: 'DATE' }, { name: 'orders', type: 'BIGINT' }], rows: { count: rows, bytes: rows * 10, sha256: digest }, metrics: [], checks: [], ...result },
    ...more,
  };
}

export function failedSide(code: string, message = 'it failed'): ReviewSide {
  return sideOf(null, { status: 'failed', error: { report: 'sales/orders', code, message, remedy: 'Repair it.', file: 'queries/sales/orders.sql', line: 3, column: 1 }, asOf: null, data: null, deterministic: null, order: null });
}

/** A comparison of two results with so many rows of which nothing differs but what is named. */
export function comparisonOf(base: number, head: number, more: Partial<ConclusiveComparison> = {}): ConclusiveComparison {
  const side = (label: string, rows: number) => ({ label, report: 'sales/orders', asOf: '2026-01-06', rows, data: digestBytes(label) });
  const none = { total: 0, columns: [], rows: [] };
  return {
    format: COMPARISON_FORMAT, base: side('main', base), head: side('change', head), kind: 'different',
    schema: { added: [], removed: [], retyped: [], renamed: [], nullability: [], reordered: false },
    key: { mode: 'keyed', reason: null, columns: ['day'], duplicates: { base: 0, head: 0 }, nulls: { base: 0, head: 0 } },
    rows: { base, head, added: Math.max(0, head - base), removed: Math.max(0, base - head), modified: 0, unchanged: Math.min(base, head) },
    cells: { compared: Math.min(base, head), changed: 0, withinTolerance: 0 }, tolerance: TOLERANCE, columns: [], metrics: [], checks: [],
    samples: { limit: 20, added: none, removed: none, modified: none }, ...more,
  };
}

export function unjudged(more: Partial<UnjudgedReport> = {}): UnjudgedReport {
  return {
    report: 'sales/orders', title: 'Orders by day', team: 'sales', owner: 'sales@example.org', change: 'modified', causes: [{ kind: 'query', file: 'queries/sales/orders.sql', detail: '' }],
    base: sideOf(100), head: sideOf(100), inputs: { identical: true, files: [], drift: null }, comparison: comparisonOf(100, 100), distributions: [], sql: { classes: ['format'], lines: [] }, metrics: [],
    backtest: { asked: 0, points: [], unreachable: [] }, changes: null, personal: false, ...more,
  };
}

export function reportOf(more: Partial<ReportReview> = {}): ReportReview {
  return { ...unjudged(), gates: [], verdict: 'pass', ...more };
}

export function reviewOf(reports: ReportReview[] = [], more: Partial<Review> = {}): Review {
  return {
    format: REVIEW_FORMAT, base: { commit: BASE, label: 'main' }, tip: BASE, head: { commit: HEAD, label: 'new-numbers' }, time: '2026-01-07T12:00:00Z',
    engine: { name: 'DuckDB', version: '1.5.5', settings: { threads: 1, TimeZone: 'UTC' } },
    verdict: 'pass', gates: [], reports, unaffected: 12, problems: [], omitted: [], ...more,
  };
}
