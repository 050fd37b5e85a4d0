import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found } from '../../src/analysis/gate/words.ts';
import type { GateResult, Waiver } from '../../src/analysis/gate/gates.ts';
import type { ReportReview, ReviewProblem } from '../../src/analysis/review/review.ts';
import { reviewText } from '../../src/present/review/text.ts';
import { checkOf, checkWithout } from '../../src/review/check-run.ts';
import { reviewMarkdown } from '../../src/review/review-markdown.ts';
import { fitReview } from '../../src/review/review-size.ts';
import { failedSide, HEAD, reportOf, reviewOf } from './review-fixture.ts';

const gate = (name: GateResult['gate'], more: Partial<GateResult> = {}): GateResult => ({ gate: name, level: 'block', status: 'fail', expected: 'what must hold', actual: 'what was found', subject: null, waiver: null, ...more });
const waiver: Waiver = { gate: 'rows', report: 'sales/orders', head: HEAD, by: 'ben', reason: 'fine', until: null };
const told = (report: Partial<ReportReview>, problems: ReviewProblem[] = [], folder = ''): string[] =>
  checkOf(reviewOf([reportOf(report)], { problems }), { name: 'c', commit: HEAD }, '', null, folder).annotations.map(({ path, line, column, title, message }) => `${path}:${line}:${column ?? ''} ${title}: ${message}`);

test('every gate that blocks is told at a file that the change touches', () => {
  const [query, yaml, data] = [{ kind: 'query', file: 'queries/sales/orders.sql', detail: '' }, { kind: 'definition', file: 'reports/sales/orders.yml', detail: 'checks' }, { kind: 'data', file: 'data/orders.csv', detail: '' }] as const;
  const gates = [gate('columns', { subject: 'region', actual: 'gone (VARCHAR)' }), gate('checks'), gate('rows', { level: 'warn' }), gate('empty', { status: 'pass' }), gate('key', { status: 'not-run' }), gate('values', { waiver })];
  const columns = 'columns: region: sales/orders: gone (VARCHAR)\n→ Expected: what must hold';
  const checks = 'checks: sales/orders: what was found\n→ Expected: what must hold';
  assert.deepEqual(told({ causes: [data, yaml, query], gates }), [`queries/sales/orders.sql:1: ${columns}`, `reports/sales/orders.yml:1: ${checks}`]);
  assert.deepEqual(told({ causes: [data, query], gates }, [], 'numbers/'), [`numbers/queries/sales/orders.sql:1: ${columns}`, `numbers/queries/sales/orders.sql:1: ${checks}`]);
  assert.deepEqual(told({ causes: [data], gates: [gate('columns')] }).map((line) => line.split(' ')[0]), ['data/orders.csv:1:']);
  assert.deepEqual(told({ causes: [{ ...query, line: 7 }, { ...yaml, line: 12 }], gates: gates.slice(0, 2) }).map((line) => line.split(' ')[0]), ['queries/sales/orders.sql:7:', 'reports/sales/orders.yml:12:']);
  assert.deepEqual(told({ change: 'removed', head: null, causes: [yaml, query], gates: [gate('metrics')] }), [], 'its files are gone');
});

test('no host is sent half of a character', () => {
  const long = (length: number): string => `${'x'.repeat(length)}${'😀'.repeat(9_000)}`;
  for (const length of [0, 1]) {
    const report = reportOf({ title: long(length), owner: long(length), gates: [gate('columns', { subject: long(length), actual: long(length) }), found('rows', 'block', 'fail', long(length), long(length))], causes: [{ kind: 'query', file: 'a.sql', detail: '' }] });
    const review = reviewOf([report], { problems: [{ ...failedSide('query-failed').error!, message: long(length) }] });
    for (const text of [JSON.stringify(checkOf(review, { name: 'c', commit: HEAD }, long(length), null, '')), reviewMarkdown(review), reviewText(review), JSON.stringify(fitReview(review, 9_000)), ...report.gates.slice(1).map(({ actual }) => actual)]) {
      assert.ok(text.isWellFormed() && !/\\ud[89a-f]/i.test(text), text.slice(0, 80));
    }
  }
});

test('a summary in any script is one that the host takes: it counts bytes', () => {
  for (const text of ['字'.repeat(60_000), '😀'.repeat(30_000), `x${'😀'.repeat(30_000)}`]) {
    for (const { summary } of [checkOf(reviewOf([]), { name: 'c', commit: HEAD }, text, null, ''), checkWithout({ name: 'c', commit: HEAD }, 'none', text, null)]) {
      const bytes = Buffer.byteLength(summary);
      assert.ok(bytes > 60_000 && bytes <= 65_535 && summary.isWellFormed() && summary.endsWith('…'), `${bytes}`);
    }
  }
});

test('an error is told at its line, else at the first of its file, and not again as a gate', () => {
  const { error } = failedSide('query-failed');
  const all = told({ head: { ...failedSide('query-failed'), error: { ...error!, line: null, column: 7 } }, gates: [gate('status')] });
  assert.deepEqual(all, ['queries/sales/orders.sql:1: query-failed: it failed\n→ Repair it.']);
  assert.deepEqual(told({ head: failedSide('query-failed'), gates: [gate('status')] }, [error!]), ['queries/sales/orders.sql:3:1 query-failed: it failed\n→ Repair it.']);
  for (const file of ['/etc/passwd', '../x.sql', '.daybook/sources', null]) assert.deepEqual(told({}, [{ ...error!, file, line: null }]), [], String(file));
});
