import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { commit, git, report, write, type Said, type Surroundings } from './instance.ts';
import { shared, type Shared } from './propose-fixture.ts';

const TOTALS = report('totals', 'select day, sum(orders) as orders from orders where day <= $as_of group by all');
const BRANCH = 'report/team-totals';

async function hosted(t: TestContext): Promise<Shared & { host: FakeHost; run: (surroundings?: Surroundings) => Promise<Said> }> {
  const place = await shared(t);
  const host = await fakeHost(t, place.bare);
  await write(place.mine, TOTALS);
  return { ...place, host, run: (surroundings = { env: host.env }) => place.propose([], surroundings) };
}

test('with a token the pull request is opened, and found again; a merged one is followed by the next', async (t) => {
  const { mine, host, run } = await hosted(t);
  const evil = '@all `x` </details><img src=x> [a](https://evil.example) #1\\u202e\\n\\n# Approved';
  await write(mine, { 'reports/team/totals.yml': String(TOTALS['reports/team/totals.yml']).replace('Report totals', `"${evil}"`).replace('What it shows.', `"${evil}"`).replace('tester@example.org', '"@all"') });
  assert.match((await run()).text, /\nopened https:\/\/host\.example\/team\/reports\/pull\/1\n/);
  const [pull] = host.pulls;
  assert.deepEqual([pull!.branch, pull!.base, pull!.title], [BRANCH, 'main', 'Add report team/totals']);
  const shown = '``@all `x` </details><img src=x> [a](https://evil.example) #1\ufffd # Approved``';
  assert.equal(pull!.body, `**Add** \`team/totals\`: ${shown}

${shown}

It runs on \`0 6 * * *\` (\`UTC\`), and \`@all\` answers for it.

\`\`\`text
queries/team/totals.sql
reports/team/totals.yml
\`\`\`

- [ ] The query asks what the title says, and the owner answers for it.
- [ ] Key, time, metrics and checks are right, and so are the reasons beside them; \`better\` and \`target\` are set where there is one.
- [ ] The review of this pull request passes.
`);

  await write(mine, { 'reports/team/totals.md': 'More.\n' });
  assert.match((await run()).text, /origin has the branch report\/team-totals\nhttps:\/\/host\.example\/team\/reports\/pull\/1 is open, and has it\n$/);
  assert.equal(host.pulls.length, 1);

  await host.merge(1, 'ann');
  await git(mine, 'switch', '-q', 'main');
  await git(mine, 'pull', '-q', '--ff-only');
  assert.equal(await git(mine, 'status', '--porcelain'), '');
  await write(mine, { 'reports/team/totals.md': 'Still more.\n' });
  assert.match((await run()).text, /new branch report\/team-totals-2, [^]*opened https:\/\/host\.example\/team\/reports\/pull\/2\n/);
  assert.equal(host.pulls[1]!.title, 'Change report team/totals');
});

test('what a branch of the person’s own has committed already is in the pull request’s text too', async (t) => {
  const { mine, host, run } = await hosted(t);
  await git(mine, 'switch', '-qc', 'mine');
  await commit(mine, 'By hand');
  await write(mine, { 'queries/sources/orders.yml': 'files: data/orders.csv\ncolumns: { day: DATE, orders: BIGINT, region: VARCHAR }\n' });
  assert.match((await run()).text, /^proposing on the branch mine:\n {2}changed queries\/sources\/orders\.yml\norigin has/);
  assert.equal(host.pulls[0]!.title, 'Add report team/totals');
  assert.match(host.pulls[0]!.body, /^queries\/sources\/orders\.yml\nqueries\/team\/totals\.sql\nreports\/team\/totals\.yml$/m);
  assert.equal(await git(mine, 'log', '--format=%s', '-2'), 'Change source orders\nBy hand');
});

test('without a token, the address where one click opens it; so too where the token is for another repository', async (t) => {
  const { mine, bare, host, run } = await hosted(t);
  // Git asks a host by name, and reaches the repository here.
  const ssh = path.join(mine, '../ssh');
  await writeFile(ssh, `#!/bin/sh\nfor word; do :; done\nexec \${word%% *} '${bare}'\n`, { mode: 0o755 });
  const env = { GIT_SSH: ssh, GIT_SSH_VARIANT: 'simple' };
  for (const [server, address] of [['https://github.com', 'git@github.com:eve/reports.git'], ['https://git.example.org/', 'ssh://git@git.example.org/eve/reports']] as const) {
    await git(mine, 'remote', 'set-url', 'origin', address);
    const page = `${server.replace(/\/$/, '')}/eve/reports/pull/new/${BRANCH}`;
    for (const more of [{}, host.env]) {
      const said = await run({ env: { ...env, ...more, GITHUB_SERVER_URL: server } });
      assert.equal(said.code, 0, said.text);
      assert.ok(said.out.includes(`Open the pull request, if it is not open yet:\n  ${page}\n`), said.out);
    }
  }
  await writeFile(ssh, '#!/bin/sh\necho "ERROR: Permission to eve/reports denied to eve." >&2; exit 1\n');
  assert.match((await run({ env })).text, /Permission to eve\/reports denied[^]*\[git-remote\]/);
  await writeFile(ssh, `#!/bin/sh\nfor word; do :; done\ncase "$word" in git-receive*) echo "ERROR: Permission to eve/reports denied to eve." >&2; exit 1;; esac\nexec \${word%% *} '${bare}'\n`);
  await write(mine, { 'reports/team/totals.md': 'More.\n' });
  assert.match((await run({ env })).text, /denied to eve[^]*→ The commit is on report\/team-totals here\. Where you may not push, make a fork and name it: `git remote add fork <address of the fork>` and `git config remote\.pushDefault fork`; /);
  await writeFile(ssh, `#!/bin/sh\nfor word; do :; done\nexec \${word%% *} '${bare}'\n`);
  await git(mine, 'switch', '-qc', 'what#is-this%2e');
  assert.doesNotMatch((await run({ env })).out, /pull\/new/, 'of another host than github.com nothing is known');
  await git(mine, 'remote', 'set-url', 'origin', 'https://token@github.com/eve/reports');
  await git(mine, 'config', 'remote.origin.pushurl', 'git@github.com:eve/reports.git');
  await git(mine, 'config', `url.${bare}.insteadOf`, 'https://token@github.com/eve/reports');
  assert.ok((await run({ env })).out.includes('https://github.com/eve/reports/pull/new/what%23is-this%252e\n'));
  assert.deepEqual(host.requests, []);
});

test('from a fork, the pull request leads to the repository that the team shares, and is found again', async (t) => {
  const { mine, bare, host, run } = await hosted(t);
  const fork = path.join(mine, '../fork.git');
  await git(mine, 'clone', '-q', '--bare', bare, fork);
  // The host has what its forks have.
  await writeFile(path.join(fork, 'hooks/post-receive'), `#!/bin/sh\ngit push -q --force '${bare}' 'refs/heads/*:refs/forks/eve/*'\n`, { mode: 0o755 });
  const ssh = path.join(mine, '../ssh');
  await writeFile(ssh, `#!/bin/sh\nfor word; do :; done\ncase "$word" in *eve/*) exec \${word%% *} '${fork}';; *) exec \${word%% *} '${bare}';; esac\n`, { mode: 0o755 });
  await git(mine, 'remote', 'set-url', 'origin', 'git@github.com:team/reports.git');
  await git(mine, 'remote', 'add', 'fork', 'git@github.com:eve/numbers.git');
  await git(mine, 'config', 'remote.pushDefault', 'fork');
  const env = { GIT_SSH: ssh, GIT_SSH_VARIANT: 'simple' };
  const opened = await run({ env: { ...env, ...host.env } });
  assert.equal(opened.code, 0, opened.text);
  assert.match(opened.text, /fork has the branch report\/team-totals\nopened https:\/\/host\.example\/team\/reports\/pull\/1\n/);
  assert.deepEqual(host.pulls.map(({ branch, from, base }) => [branch, from, base]), [[BRANCH, 'eve/numbers', 'main']]);
  assert.deepEqual(host.violations, []);
  assert.match((await run({ env: { ...env, ...host.env } })).text, /pull\/1 is open, and has it\n/);
  assert.ok((await run({ env })).out.includes(`  https://github.com/eve/numbers/pull/new/${BRANCH}\n`));
  assert.equal(await git(bare, 'branch', '--list', 'report/*'), '');
});

test('of a fork one click is left; a host that refuses does not lose what is pushed', async (t) => {
  const { host, run } = await hosted(t);
  host.before('POST /repos/{owner}/{repo}/pulls', () => ({ status: 403, body: { message: 'Resource not accessible by personal access token' } }));
  const refused = await run();
  assert.equal(refused.code, 2);
  assert.match(refused.text, /origin has the branch report[^]*did not open a pull request for report\/team-totals: Resource not accessible[^]*\[host-failed\]\nOpen the pull request on the Git host/);

  host.settings.fork = true;
  const fork = await run();
  assert.equal(fork.code, 0, fork.text);
  assert.match(fork.text, /origin has the branch report\/team-totals\nOpen the pull request/);
  assert.deepEqual(host.pulls, []);
  host.settings.fork = false;
  assert.match((await run()).text, /opened https:/);
});
