import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { git, report, write } from './instance.ts';
import { shared } from './propose-fixture.ts';

const TOTALS = report('totals', 'select day, sum(orders) as orders from orders where day <= $as_of group by all');
const BRANCH = 'report/team-totals';

test('it is pushed where Git pushes: to a fork, from which names that are taken there stay too', async (t) => {
  const { mine, bare, propose } = await shared(t);
  const fork = path.join(mine, '../fork.git');
  await git(mine, 'clone', '-q', '--bare', bare, fork);
  await git(fork, 'branch', BRANCH, 'main');
  await git(mine, 'remote', 'add', 'fork', fork);
  await git(mine, 'config', 'remote.pushDefault', 'fork');
  await write(mine, TOTALS);
  const said = await propose();
  assert.equal(said.code, 0, said.text);
  assert.match(said.text, /^proposing on a new branch report\/team-totals-2, from main of origin, by way of fork:\n[^]*fork has the branch report\/team-totals-2\n/);
  assert.equal(await git(bare, 'branch', '--list', 'report/*'), '');
  assert.equal(await git(fork, 'rev-parse', `${BRANCH}-2`), await git(mine, 'rev-parse', 'HEAD'));

  // Where it is already, it stays, whatever the setting says by then; a branch of one's own may say otherwise.
  await git(mine, 'config', '--unset', 'remote.pushDefault');
  await write(mine, { 'reports/team/totals.md': 'Read it.\n' });
  assert.match((await propose()).text, /^proposing on the branch report\/team-totals-2, by way of fork:\n[^]*fork has/);
  await git(mine, 'config', `branch.${BRANCH}-2.pushRemote`, 'origin');
  assert.match((await propose()).text, /\norigin has the branch report\/team-totals-2\n/);
  assert.equal(await git(bare, 'rev-parse', `${BRANCH}-2`), await git(mine, 'rev-parse', 'HEAD'));

  await git(mine, 'switch', '-qc', 'mine', '--track', 'fork/main').catch(async () => {
    await git(mine, 'fetch', '-q', 'fork');
    await git(mine, 'switch', '-qc', 'mine', '--track', 'fork/main');
  });
  await write(mine, { ...TOTALS });
  assert.match((await propose()).text, /\norigin has the branch mine\n/, 'it follows main there, and is not there itself');
  await git(mine, 'config', 'remote.pushDefault', 'gone');
  assert.match((await propose()).text, /Git is set to push to "gone", and there is no remote of this name\n {2}→ Add it: `git remote add gone <address>`/);
});
