import { test } from 'node:test';
import { attackNames, reviewAttacks } from './review-fixture.ts';

test('hostile pull requests: SQL', async (t) => {
  await reviewAttacks(t, await attackNames(/^sql-/));
});
