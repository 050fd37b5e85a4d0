import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { BASE, code, commit, daybook, entries, ENV, git, newInstance, NOW, refresh, report, spawnDaybook, temporaryFolder, tree, write } from './instance.ts';

test('no repository, a repository without commits, a detached head', async (t) => {
  const root = path.join(await temporaryFolder(t), 'instance');
  await write(root, BASE);
  const without = await daybook(root, ['refresh', '--no-build']);
  assert.equal(without.code, 2);
  assert.match(without.text, /\n  → Run `git init` and commit, .*\[git-repository\]\n$/);

  await git(root, 'init', '-q', '-b', 'main');
  const empty = await daybook(root, ['refresh', '--no-build']);
  assert.deepEqual([empty.code, empty.text], [2, 'The repository has no commits yet\n  → Commit your reports first: the ledger names the commit that it ran. [git-no-commit]\n']);

  await commit(root);
  await git(root, 'switch', '-q', '--detach');
  const detached = await daybook(root, ['refresh', '--no-build']);
  assert.deepEqual([detached.code, detached.text], [2, 'HEAD is detached: there is no branch to commit on\n  → Check out the branch that holds the snapshots: `git switch <branch>`. [git-detached]\n']);
  assert.deepEqual(entries(root), []);
  // Looking around needs neither branch nor commit.
  assert.equal((await daybook(root, ['run', 'good'])).code, 0);
  assert.equal((await daybook(root, ['list'])).code, 0);
});

test('what a person has staged, edited and left untracked stays byte for byte', async (t) => {
  const root = await newInstance(t, { 'notes.txt': 'one\n', 'other.txt': 'one\n' });
  await write(root, { 'notes.txt': 'staged\n' });
  await git(root, 'add', 'notes.txt');
  await write(root, { 'notes.txt': 'staged, then edited\n', 'other.txt': 'edited\n', 'new.txt': 'untracked\n' });
  const [status, staged] = [await git(root, 'status', '--porcelain'), await git(root, 'diff', '--cached')];
  assert.equal((await refresh(root)).code, 0);
  assert.equal(await git(root, 'status', '--porcelain'), status);
  assert.equal(await git(root, 'diff', '--cached'), staged);
  assert.deepEqual(await Promise.all(['notes.txt', 'other.txt', 'new.txt'].map((file) => readFile(path.join(root, file), 'utf8'))), ['staged, then edited\n', 'edited\n', 'untracked\n']);
  assert.deepEqual((await git(root, 'show', '--name-only', '--format=', 'HEAD')).split('\n').filter((file) => !file.startsWith('snapshots/')), []);
});

const NOBODY = 65_534;

test('a read-only folder, for a person without the right to write', { skip: process.getuid === undefined }, async (t) => {
  const root = await newInstance(t);
  assert.equal((await refresh(root)).code, 0);
  await writeFile(path.join(root, 'data/orders.csv'), `${BASE['data/orders.csv'] as string}2026-01-08,north,1\n`);
  await commit(root, 'Data');
  const before = await tree(root);
  const asRoot = process.getuid!() === 0;
  if (asRoot) await chmod(path.dirname(root), 0o755);
  else execFileSync('chmod', ['-R', 'a-w', root]);
  const someone = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };
  for (const words of [['refresh', '--no-build'], ['run', 'good'], ['build']]) {
    const said = await spawnDaybook(root, words, { ...someone, env, now: '2026-01-09T07:00:00Z' });
    assert.ok(said.code === 1 || said.code === 2, said.text);
    assert.match(said.text, /→ Give the user that runs Daybook the right to write there\. \[write-denied\]\n/);
    assert.doesNotMatch(said.text, /^ {4}at /m);
  }
  assert.equal((await spawnDaybook(root, ['list'], { ...someone, env })).code, 0);
  assert.deepEqual(await tree(root), before);
  if (!asRoot) execFileSync('chmod', ['-R', 'u+w', root]);
});

/**
 * Runs the job while only this many bytes are left for Git's objects: in a mount of its own where the
 * machine lets us (it ends with the process), else no file may grow beyond the limit.
 */
function refreshWithSpace(root: string, bytes: number): { status: number | null; text: string; mounted: boolean } {
  const unshare = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm'];
  const mounted = spawnSync(unshare[0]!, [...unshare.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', root]).status === 0;
  const small = `mkdir ../small && mount -t tmpfs -o size=${bytes} tmpfs ../small && cp -a .git/objects/. ../small && mount --bind ../small .git/objects
    "$@"; status=$?; umount .git/objects && cp -a ../small/. .git/objects; exit $status`;
  const script = mounted ? [...unshare, 'bash', '-c', small] : ['bash', '-c', `trap "" XFSZ; ulimit -f ${Math.ceil(bytes / 1024)}; "$@"`];
  const { status, stdout, stderr } = spawnSync(script[0]!, [...script.slice(1), 'bash', process.execPath, path.join(code, 'scripts/daybook.mjs'), 'refresh', '--no-build'], { cwd: root, env: { ...ENV, DAYBOOK_NOW: NOW }, encoding: 'utf8' });
  return { status, text: stderr + stdout, mounted };
}

test('a full disk: nothing is half kept, and with space the same command goes on', async (t) => {
  const root = await newInstance(t, report('wide', "select range as n, md5(range::varchar) as code from range(60000)", 'key: [n]\n'));
  const head = await git(root, 'rev-parse', 'HEAD');
  const full = refreshWithSpace(root, 500_000);
  assert.equal(full.status, 2, full.text);
  assert.match(full.text, full.mounted ? /\n  → Free some space, .* \[disk-full\]\n$/ : /\n  → .* \[(disk-full|git-failed)\]\n$/);
  assert.doesNotMatch(full.text, /^ {4}at /m);
  assert.equal(await git(root, 'rev-parse', 'HEAD'), head);
  assert.deepEqual([...(await tree(path.join(root, 'snapshots'))).keys()], []);
  assert.equal(await git(root, 'status', '--porcelain'), '');

  const then = await refresh(root);
  assert.deepEqual([then.code, then.kept.length], [0, 2]);
  assert.equal(await git(root, 'fsck', '--strict', '--no-dangling'), '');
});
