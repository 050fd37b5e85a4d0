import { test } from 'node:test';
import { attackNames, reviewAttacks } from './review-fixture.ts';

test('hostile pull requests: time, memory and size, each in a process of its own', async (t) => {
  await reviewAttacks(t, await attackNames(/^limit-/));
});
