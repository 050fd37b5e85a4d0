import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newInstance, report } from './instance.ts';
import { gatesOf, only, reviewOf } from './reviewed.ts';

const ADVICE = 'order it by a key: first(x ORDER BY …), arg_max(x, (y, key)), row_number() OVER (ORDER BY …), ORDER BY down to what is unique before LIMIT';

test('a change after which a result rests on the order of rows is one to look at; a level holds it to more', async (t) => {
  const root = await newInstance(t, report('old', 'select first(region) as region from orders'));
  const { review, said } = await reviewOf(t, root, { ...report('good', 'select arg_max(region, day) as region from orders'), ...report('new', 'select region, avg(orders / 7) as mean from orders group by region'), ...report('old', "select first(region) || '.' as region from orders", 'review: { gates: { order: block } }\n') });
  const of = (id: string): string[] => gatesOf(review.reports.find((one) => one.report === `team/${id}`)!.gates, 'order');
  assert.deepEqual(of('good'), [`warn fail it depends on the order of rows in orders; ${ADVICE}`]);
  assert.deepEqual(of('new'), ['warn pass it does']);
  assert.deepEqual(of('old'), [`block fail it depends on the order of rows in orders; before the change it did too; ${ADVICE}`]);
  assert.deepEqual(review.reports.map(({ head }) => head!.deterministic), [true, true, true]);
  assert.equal(review.verdict, 'block');
  assert.match(said.out, /it depends on the order of rows in orders/);
  const added = await reviewOf(t, root, report('new', 'select first(region) as region from orders'));
  assert.deepEqual([added.review.verdict, only(added.review).head!.order], ['review', { sources: ['orders'], error: null, partly: false }]);
});
