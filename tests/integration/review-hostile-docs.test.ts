import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { code } from './instance.ts';
import { allAttackNames, attackRow, readAttack } from './review-fixture.ts';
import { BY_DAY, MECHANISMS } from './review-mechanisms.ts';

test('the page on security has every hostile pull request, with its count', async () => {
  const page = await readFile(path.join(code, 'src/site/pages/docs/security.md'), 'utf8');
  const rows = (await Promise.all((await allAttackNames()).map(readAttack))).map(attackRow);
  assert.ok(rows.length >= 60);
  const written = page.split('\n').filter((line) => /^\| (file|limit|policy|source|sql|text|yaml)-/.test(line));
  assert.deepEqual(written, rows);
  assert.ok(page.includes(`${rows.length} hostile pull requests`), `the page says another number than ${rows.length}`);
});

test('each hostile pull request tries one mechanism, and by day each mechanism is tried, by every kind', async () => {
  const all = await allAttackNames();
  assert.deepEqual(Object.values(MECHANISMS).flat().toSorted(), all, 'list it in tests/integration/review-mechanisms.ts');
  const kinds = (names: Iterable<string>): string[] => [...new Set([...names].map((name) => name.split('-')[0]!))].sort();
  assert.deepEqual(kinds(BY_DAY), kinds(all));
});
