import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { apiOf } from '../../scripts/world/host.ts';
import { signIn } from '../../scripts/propose/sign-in.ts';
import { openRepository } from '../../src/store/repository.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { ENV, git, report, write, type Said } from './instance.ts';
import { shared } from './propose-fixture.ts';

interface SignedIn {
  mine: string;
  host: FakeHost;
  run: (env?: NodeJS.ProcessEnv) => Promise<Said>;
  /** A program on the PATH. */
  program: (name: string, script: string) => Promise<void>;
  /** What the programs were asked. */
  asked: () => Promise<string>;
}

/** A clone whose `origin` is on GitHub by its name, and here in truth; nobody gives a token. */
async function signedIn(t: TestContext): Promise<SignedIn> {
  const { mine, bare, propose } = await shared(t);
  const host = await fakeHost(t, bare);
  const [bin, log] = [path.join(mine, '../bin'), path.join(mine, '../asked')];
  await mkdir(bin);
  await writeFile(log, '');
  const program = async (name: string, script: string): Promise<void> => {
    await writeFile(path.join(bin, name), `#!/bin/sh\nasked='${log}'\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  };
  await program('ssh', `for word; do :; done\nexec \${word%% *} '${bare}'`);
  await git(mine, 'remote', 'set-url', 'origin', `git@github.com:${host.repository}.git`);
  await write(mine, report('totals', 'select day, sum(orders) as orders from orders where day <= $as_of group by all'));
  const env = { GITHUB_TOKEN: undefined, GITHUB_API_URL: host.api, GIT_SSH: path.join(bin, 'ssh'), GIT_SSH_VARIANT: 'simple', PATH: `${bin}:${ENV['PATH']}` };
  return { mine, host, run: (more = {}) => propose([], { env: { ...env, ...more } }), program, asked: () => readFile(log, 'utf8') };
}

const helper = (token: string): string => `echo "helper $*" >> "$asked"; cat >> "$asked"; echo username=eve; echo 'password=${token}'`;

test('what Git is signed in with opens the pull request; it is asked in silence, and once the branch is there', async (t) => {
  const { mine, host, run, program, asked } = await signedIn(t);
  await program('git-credential-mine', helper(host.token));
  await git(mine, 'config', 'credential.helper', 'mine');
  const said = await run();
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /\nopened https:\/\/host\.example\/team\/reports\/pull\/1, by the account that Git is signed in with\n/);
  assert.deepEqual(host.pulls.map(({ branch, base }) => [branch, base]), [['report/team-totals', 'main']]);
  assert.match(await asked(), /^helper get\n[^]*protocol=https\n[^]*host=github\.com\n/);
  assert.doesNotMatch(said.text, new RegExp(host.token));
  assert.match((await run()).out, /pull\/1 is open, and has it\n/);
  assert.deepEqual(host.violations, []);
});

test('without one, what gh is signed in with', async (t) => {
  const { host, run, program, asked } = await signedIn(t);
  await program('gh', `echo "gh $* $GH_PROMPT_DISABLED" >> "$asked"; echo ${host.token}`);
  assert.match((await run()).out, /opened https:\/\/host\.example\/team\/reports\/pull\/1, by the account that gh is signed in with\n/);
  assert.equal(await asked(), 'gh auth token --hostname github.com 1\n');
});

test('a sign-in that may not loses nothing, nor does a machine without one', async (t) => {
  const { mine, host, run, program } = await signedIn(t);
  const page = 'Open the pull request, if it is not open yet:\n  https://github.com/team/reports/pull/new/report/team-totals\n';
  await program('gh', 'exit 1');
  const none = await run();
  assert.deepEqual([none.code, none.err, host.requests], [0, '', []]);
  assert.ok(none.out.includes(page), none.out);
  await program('git-credential-mine', helper('for Git alone'));
  await git(mine, 'config', 'credential.helper', 'mine');
  const refused = await run();
  assert.equal(refused.code, 0);
  assert.match(refused.err, /^With the sign-in of Git: The Git host did not read the repository: Bad credentials \(401\)\n$/);
  assert.ok(refused.out.includes(page), refused.out);
});

test('nobody is asked where GITHUB_TOKEN is empty, nor of another host than that of origin', async (t) => {
  const { mine, host, run, program, asked } = await signedIn(t);
  await program('git-credential-mine', helper(host.token));
  await program('gh', `echo gh >> "$asked"; echo ${host.token}`);
  await git(mine, 'config', 'credential.helper', 'mine');
  assert.equal((await run({ GITHUB_TOKEN: '' })).code, 0);
  await git(mine, 'remote', 'set-url', 'origin', 'git@git.example.org:team/reports.git');
  assert.equal((await run()).code, 0);
  assert.deepEqual([await asked(), host.requests], ['', []]);
});

test('a helper that never answers is not waited for', async (t) => {
  const { mine, program } = await signedIn(t);
  await program('git-credential-mine', 'sleep 600');
  await git(mine, 'config', 'credential.helper', 'mine');
  const env = { ...ENV, PATH: `${path.join(mine, '../bin')}:${ENV['PATH']}` };
  await program('gh', 'exec sleep 600');
  assert.equal(await signIn(await openRepository(mine, env), 'https://github.com/team/reports', 300), null);
});

test('nor is what a helper leaves behind, which no signal reaches and which holds the output', async (t) => {
  const { mine, program } = await signedIn(t);
  const left = path.join(mine, '../left');
  const leave = `const { spawn } = require('node:child_process'); const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'inherit' }); require('node:fs').writeFileSync('${left}', String(pid)); process.exit()`;
  await writeFile(path.join(mine, '../leave.cjs'), leave);
  await git(mine, 'config', 'credential.helper', 'mine');
  const env = { ...ENV, PATH: `${path.join(mine, '../bin')}:${ENV['PATH']}` };
  await program('gh', 'exit 1');
  for (const held of ['', ' 1>&2']) {
    await program('git-credential-mine', `'${process.execPath}' '${path.join(mine, '../leave.cjs')}'${held}; echo username=eve; echo password=x`);
    const end = async (): Promise<unknown> => process.kill(Number(await readFile(left, 'utf8')), 'SIGKILL');
    const signal = AbortSignal.timeout(10_000);
    const answered = await Promise.race([signIn(await openRepository(mine, env), 'https://github.com/team/reports', 1_000), once(signal, 'abort')]).finally(end);
    assert.equal(answered, null);
  }
});

test('a token is shown to the server that it is for', () => {
  const servers = { '': 'https://api.github.com', 'https://github.com/': 'https://api.github.com', 'https://git.example.org': 'https://git.example.org/api/v3', 'https://octo.ghe.com': 'https://api.octo.ghe.com' };
  for (const [server, api] of Object.entries(servers)) assert.equal(apiOf(server === '' ? {} : { GITHUB_SERVER_URL: server }), api);
  assert.equal(apiOf({ GITHUB_SERVER_URL: 'https://git.example.org', GITHUB_API_URL: 'https://api.example.org' }), 'https://api.example.org');
});
