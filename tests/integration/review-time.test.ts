import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { review } from '../../scripts/review.ts';
import type { Stage } from '../../scripts/world/world.ts';
import { readReview } from '../../src/review/review-schema.ts';
import { BASE, commit, git, newInstance, quietWorld, report, temporaryFolder, write, type Files } from './instance.ts';

/** Reports that one macro affects, and what else the change brings. */
async function instanceOf(t: Parameters<typeof newInstance>[0], count: number): Promise<{ root: string; range: string }> {
  const reports = Array.from({ length: count }, (_, index) => report(`r${String(index).padStart(2, '0')}`, 'select day, region, twice(orders) as orders from orders where day <= $as_of', 'as_of: { column: day }\nkey: [day, region]\n'));
  const root = await newInstance(t, Object.assign({ 'queries/macros/twice.sql': 'create macro twice(x) as x * 2;\n' }, ...reports) as Files);
  const base = await git(root, 'rev-parse', 'HEAD');
  await git(root, 'switch', '-q', '-c', 'change');
  await write(root, { 'queries/macros/twice.sql': 'create macro twice(x) as x + x + 1;\n', 'daybook.yml': `${BASE['daybook.yml']!.toString()}review: { minutes: 300 }\n` });
  const head = await commit(root, 'Change');
  await git(root, 'switch', '-q', 'main');
  return { root, range: `${base}..${head}` };
}

/** A review whose clock moves once a step is done. */
async function reviewed(t: Parameters<typeof newInstance>[0], count: number, slow: Stage, minutes: number) {
  const { root, range } = await instanceOf(t, count);
  const folder = await temporaryFolder(t);
  const [out, preview] = ['review', 'preview'].map((name) => path.join(folder, name)) as [string, string];
  const said: string[] = [];
  let now = 0;
  const world = {
    ...quietWorld(root), elapsed: () => now, err: (line: string) => void said.push(line),
    stage: async <T>(name: Stage, step: () => Promise<T>): Promise<T> => {
      const done = await step();
      if (name === slow) now = minutes * 60_000;
      return done;
    },
  };
  const code = await review(world, range, [], { out, preview, json: false });
  return { code, said, made: readReview(await readFile(path.join(out, 'review.json'), 'utf8')), files: await readdir(folder) };
}

test('once the time is up no report is begun, what has run is still compared, and the document says which', async (t) => {
  const { code, said, made, files } = await reviewed(t, 18, 'query', 21);
  assert.deepEqual([code, made.verdict, made.reports.length], [2, 'incomplete', 18]);
  const cut = made.reports.filter(({ verdict }) => verdict === 'incomplete');
  assert.deepEqual(cut.map(({ report: id }) => id), ['team/r16', 'team/r17']);
  for (const one of cut) {
    assert.deepEqual(one.gates.map(({ gate, status, actual }) => [gate, status, actual]), [['status', 'not-run', 'time was up after 20 minutes; 16 of 18 reports were compared']]);
    assert.deepEqual([one.head!.status, one.comparison, one.backtest], ['unreadable', null, null]);
  }
  const ran = made.reports.filter((one) => !cut.includes(one));
  assert.ok(ran.every(({ comparison }) => comparison?.kind === 'different'));
  assert.match(said.join('\n'), /^No preview was built: time was up after 20 minutes\.$/m);
  assert.deepEqual(files, ['review']);
  // The rules are the base’s: the change gives itself no more time.
  assert.equal(made.gates.find(({ gate }) => gate === 'policy')!.actual, '1 rule: daybook.yml: review.minutes');
});

test('what has run is not compared for ever either', async (t) => {
  const { code, made } = await reviewed(t, 2, 'query', 26);
  assert.equal(code, 2);
  assert.deepEqual(made.reports.flatMap(({ gates }) => gates.map(({ actual }) => actual)), Array.from({ length: 2 }, () => 'time was up after 20 minutes; 0 of 2 reports were compared'));
});
