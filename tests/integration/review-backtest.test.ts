import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ReportReview } from '../../src/analysis/review/review.ts';
import { BASE, newInstance, refresh, type Files } from './instance.ts';
import { gatesOf, only, reviewOf } from './reviewed.ts';

/** An instance with the base report published at three as-ofs. */
async function published(t: TestContext, files: Files = {}): Promise<string> {
  const root = await newInstance(t, files);
  for (const asOf of ['2026-01-05', '2026-01-06', '2026-01-07']) assert.equal((await refresh(root, ['--as-of', asOf, 'good'])).code, 0);
  return root;
}

function numbers({ backtest }: ReportReview): unknown[] {
  return backtest!.points.map(({ asOf, metrics }) => [asOf, ...metrics.map(({ published: shown, base, head }) => [shown, base, head])]);
}

test('a source that reads the same files otherwise is run for as-ofs of the past', async (t) => {
  const root = await published(t);
  const { review, all } = await reviewOf(t, root, { 'queries/sources/orders.yml': `${BASE['queries/sources/orders.yml'] as string}csv: { null: ["80", "77"] }\n` });
  const one = only(review);
  assert.deepEqual(numbers(one), [['2026-01-05', ['200', '200', '120']], ['2026-01-06', ['208', '208', '131']], ['2026-01-07', ['210', '210', '210']]]);
  assert.deepEqual(gatesOf(one.gates, 'backtest'), ['warn fail another number at 2 of 3 past as-ofs: 2026-01-05, 2026-01-06']);
  assert.doesNotMatch(all, /every number is the same/);
});

test('what a source would have read of other files is not known at as-ofs of the past', async (t) => {
  const more = { 'data/more.csv': 'day,region,orders\n2026-01-06,east,5\n' };
  const root = await published(t, more);
  for (const files of ['[data/orders.csv, data/more.csv]', 'data/*.csv', 'data/more.csv']) {
    const { review, all } = await reviewOf(t, root, { 'queries/sources/orders.yml': `files: ${files}\ncolumns: { day: DATE, orders: BIGINT }\n` });
    const { backtest } = only(review);
    assert.deepEqual([backtest!.points, backtest!.unreachable.map(({ asOf }) => asOf)], [[], ['2026-01-05', '2026-01-06', '2026-01-07']], files);
    assert.deepEqual(gatesOf(only(review).gates, 'backtest'), [], files);
    assert.doesNotMatch(all, /every number is the same/, files);
  }
});

test('the recorded file by its name in place of a pattern is run', async (t) => {
  const source = (files: string): Files => ({ 'queries/sources/orders.yml': `files: ${files}\ncolumns: { day: DATE, orders: BIGINT }\n` });
  const root = await published(t, source('data/ord*.csv'));
  const { review } = await reviewOf(t, root, source('data/orders.csv'));
  assert.deepEqual(numbers(only(review)), [['2026-01-05', ['200', '200', '200']], ['2026-01-06', ['208', '208', '208']], ['2026-01-07', ['210', '210', '210']]]);
});

test('a check that is tightened, and passes today, is told by the days on which it would have warned', async (t) => {
  const { 'reports/team/good.yml': yaml } = BASE as { 'reports/team/good.yml': string };
  const checked = (least: number): Files => ({ 'reports/team/good.yml': `${yaml}checks: [{ rows: { min: ${least} }, level: warn }]\n` });
  const root = await published(t, checked(1));
  const usual = await reviewOf(t, root, checked(2));
  assert.deepEqual([usual.review.verdict, gatesOf(only(usual.review).gates, 'backtest')], ['pass', ['warn pass none at 3 of 3 as-ofs']]);
  const { review, all } = await reviewOf(t, root, checked(5));
  assert.deepEqual(gatesOf(only(review).gates, 'backtest'), ['warn fail the same numbers, and a new warning at 2 of 3 past as-ofs: check: rows >= 5']);
  assert.equal(review.verdict, 'review');
  assert.match(all, /a new warning at 2 of 3 past as-ofs/);
});
