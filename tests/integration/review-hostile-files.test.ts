import { test } from 'node:test';
import { attackNames, reviewAttacks } from './review-fixture.ts';

test('hostile pull requests: files, YAML, sources, rules and texts', async (t) => {
  await reviewAttacks(t, await attackNames(/^(?!sql-|limit-)/));
});
