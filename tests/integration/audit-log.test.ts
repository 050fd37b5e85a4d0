import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { definitionLog, type LoggedCommit } from '../../src/store/log.ts';
import { readTexts } from '../../src/store/log-text.ts';
import { openRepository, type Repository } from '../../src/store/repository.ts';
import { ENV, git, newRepository, temporaryFolder, write } from './store-fixture.ts';
import { DAYBOOK, edit, job, ledger } from './verify-fixture.ts';

const JOB = { instance: 'test', name: 'Daybook', email: 'daybook@example.org' };

async function read(root: string, known: Parameters<typeof definitionLog>[3] = null): Promise<{ commits: LoggedCommit[]; repository: Repository }> {
  const repository = await openRepository(root, ENV);
  const { commits } = await definitionLog(repository, repository.head, JOB, known);
  return { commits, repository };
}

async function save(root: string, file: string, text: string, message: string, ...words: string[]): Promise<string> {
  await write(root, file, text);
  await git(root, 'add', '-A');
  await git(root, ...words, 'commit', '-q', '-m', message);
  return git(root, 'rev-parse', 'HEAD');
}

test('who, when and what: each file with how it was left, renames as such', async (t) => {
  const root = await newRepository(t);
  await save(root, 'reports/c.yml', `title: C\n${'description: a long text\n'.repeat(5)}`, 'New report\n\nBecause it was asked for.\nTwice.');
  await rename(join(root, 'reports/c.yml'), join(root, 'reports/d.yml'));
  await rm(join(root, 'reports/b.yml'));
  await save(root, 'queries/a.sql', 'select 1\n', 'Tidy');
  const { commits } = await read(root);
  assert.deepEqual(commits.map(({ subject, body, how, landed, signature }) => ({ subject, body, how, landed, signature })), [
    { subject: 'Reports', body: '', how: 'commit', landed: null, signature: null },
    { subject: 'New report', body: 'Because it was asked for.\nTwice.', how: 'commit', landed: null, signature: null },
    { subject: 'Tidy', body: '', how: 'commit', landed: null, signature: null },
  ]);
  assert.equal(commits[1]!.author.name, 'User');
  assert.equal(commits[1]!.author.email, 'user@example.org');
  assert.deepEqual(commits[2]!.files.map(({ path, from, status }) => ({ path, from, status })), [
    { path: 'queries/a.sql', from: null, status: 'added' }, { path: 'reports/b.yml', from: null, status: 'removed' }, { path: 'reports/d.yml', from: 'reports/c.yml', status: 'renamed' },
  ]);
});

test('a merged branch is told commit by commit, with the merge that brought it', async (t) => {
  const root = await newRepository(t);
  await git(root, 'switch', '-q', '-c', 'topic');
  const first = await save(root, 'reports/a.yml', 'title: A2\n', 'First of the branch');
  await git(root, 'switch', '-q', '-c', 'inner');
  const second = await save(root, 'reports/c.yml', 'title: C\n', 'In a branch of the branch');
  await git(root, 'switch', '-q', 'topic');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Inner merge', 'inner');
  await git(root, 'switch', '-q', 'main');
  await save(root, 'reports/b.yml', 'title: B2\n', 'Meanwhile');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge pull request #12 from ada/topic\n\nFlights', 'topic');
  const merge = await git(root, 'rev-parse', 'HEAD');
  const { commits } = await read(root);
  assert.deepEqual(commits.map(({ subject }) => subject), ['Reports', 'Meanwhile', 'First of the branch', 'In a branch of the branch']);
  assert.deepEqual(commits.slice(2).map(({ commit, landed }) => [commit, landed?.commit]), [[first, merge], [second, merge]]);
});

test('what a merge changes by itself, or takes back, is told as the merge’s', async (t) => {
  const root = await newRepository(t);
  await git(root, 'switch', '-q', '-c', 'topic');
  await save(root, 'reports/c.yml', 'title: C\n', 'Harmless');
  await git(root, 'switch', '-q', 'main');
  await save(root, 'reports/a.yml', 'title: right\n', 'Correct a number');
  await git(root, 'merge', '-q', '--no-ff', '--no-commit', 'topic');
  // Both hide from a plain `git log`: the old side of a file is taken, and another is edited.
  await write(root, 'reports/a.yml', 'title: A\n');
  await save(root, 'reports/b.yml', 'title: evil\n', 'Merge branch topic');
  const { commits } = await read(root);
  const merge = commits.at(-1)!;
  assert.equal(merge.how, 'merge');
  assert.deepEqual(merge.files.map(({ path, status }) => [path, status]), [['reports/a.yml', 'changed'], ['reports/b.yml', 'changed']]);
  assert.deepEqual(commits.map(({ subject }) => subject), ['Reports', 'Correct a number', 'Harmless', 'Merge branch topic']);
});

/** As `git commit -S` with `gpg.format=ssh` has ssh-keygen make it: PROTOCOL.sshsig of OpenSSH. */
function sshSignature(text: string): { armour: string; fingerprint: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const field = (value: string | Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const key = Buffer.concat([field('ssh-ed25519'), field(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))]);
  const about = Buffer.concat([field('git'), field(''), field('sha512')]);
  const signed = sign(null, Buffer.concat([Buffer.from('SSHSIG'), about, field(createHash('sha512').update(text).digest())]), privateKey);
  const blob = Buffer.concat([Buffer.from('SSHSIG\0\0\0\u0001'), field(key), about, field(Buffer.concat([field('ssh-ed25519'), field(signed)]))]);
  const lines = blob.toString('base64').match(/.{1,70}/g)!;
  return {
    armour: ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n'),
    fingerprint: `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`,
  };
}

test('a signature is named and not judged, whatever the machine is set to run', async (t) => {
  const root = await newRepository(t);
  const folder = await temporaryFolder(t);
  await save(root, 'reports/a.yml', 'title: signed\n', 'Signed');
  const unsigned = `${await git(root, 'cat-file', 'commit', 'HEAD')}\n`;
  const { armour, fingerprint } = sshSignature(unsigned);
  await write(folder, 'commit', unsigned.replace(/^(committer .*)$/m, (line) => `${line}\ngpgsig ${armour.replaceAll('\n', '\n ')}`));
  await git(root, 'update-ref', 'HEAD', await git(root, 'hash-object', '-t', 'commit', '-w', join(folder, 'commit')));
  // Nothing that a setting names is run, and none changes what is told.
  for (const [name, value] of [['log.showSignature', 'true'], ['gpg.ssh.program', `${folder}/evil`], ['diff.renames', 'false'], ['diff.external', `${folder}/evil`], ['log.mailmap', 'true']]) await git(root, 'config', name!, value!);
  const [, signed] = (await read(root)).commits;
  assert.deepEqual(signed!.signature, { kind: 'ssh', key: fingerprint });
});

test('texts of strangers stay what they are, and make no commit of their own', async (t) => {
  const root = await newRepository(t);
  const forged = 'Subject \u001b[31m\u202Eevil\n\ntree 0000\nauthor Somebody <else@example.org> 1 +0000\u0001\n\ncommit 1234';
  await write(root, 'reports/a.yml', 'title: X\n');
  await write(root, 'reports/a\tb "c"\n.yml', 'title: odd name\n');
  await git(root, 'add', '-A');
  await git(root, 'commit', '-q', '--cleanup=verbatim', '-m', forged, '--author', 'A\u0007 B <x y@example.org>');
  const [, commit] = (await read(root)).commits;
  assert.equal(commit!.subject, 'Subject \u001b[31m\u202Eevil');
  assert.match(commit!.body, /^tree 0000\nauthor Somebody/);
  assert.equal(commit!.author.email, 'x y@example.org');
  assert.deepEqual(commit!.files.map(({ path }) => path), ['reports/a\tb "c"\n.yml', 'reports/a.yml']);
});

test('the job’s commits are not told; a person’s below snapshots/ is', async (t) => {
  const root = await ledger(t, DAYBOOK);
  await save(root, 'reports/a.yml', 'title: after\n', 'After the fourth entry');
  await edit(root, 'snapshots/2001/06/02/v1/team/a.csv', (text) => text.replace('2', '7'));
  await save(root, 'reports/b.yml', 'title: both\n', 'Fix a number by hand');
  await git(root, 'switch', '-q', '-c', 'side');
  const hidden = await save(root, 'snapshots/2001/06/02/v1/team/evil.csv', 'n\n1\n', 'On a side branch');
  await git(root, 'switch', '-q', 'main');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge', 'side');
  await job(root, 5);
  const repository = await openRepository(root, ENV);
  const log = await definitionLog(repository, repository.head, JOB);
  assert.deepEqual(log.entries.map(([sequence]) => sequence), [1, 2, 3, 4, 5]);
  assert.equal(log.entries[4]![1], repository.head);
  const foreign = log.commits.filter(({ snapshotCount }) => snapshotCount > 0);
  assert.deepEqual(foreign.map(({ subject, snapshots, after }) => [subject, snapshots, after]), [
    ['Fix a number by hand', [{ path: 'snapshots/2001/06/02/v1/team/a.csv', status: 'changed' }], 4],
    ['On a side branch', [{ path: 'snapshots/2001/06/02/v1/team/evil.csv', status: 'added' }], 4],
  ]);
  assert.equal(foreign[1]!.commit, hidden);
  assert.deepEqual(log.commits.map(({ subject, after }) => [subject, after]), [['Reports', 0], ['Instance', 0], ['After the fourth entry', 4], ['Fix a number by hand', 4], ['On a side branch', 4]]);

  // Somebody else who writes entries is no job.
  const others = (await definitionLog(repository, repository.head, { ...JOB, name: 'Somebody' })).commits.filter(({ snapshotCount }) => snapshotCount > 0);
  assert.equal(others.length, 7);
});

test('only what is new is read, and it comes to the same; another history is read whole', async (t) => {
  const root = await ledger(t, DAYBOOK);
  const repository = await openRepository(root, ENV);
  const early = await definitionLog(repository, repository.head, JOB);
  await git(root, 'switch', '-q', '-c', 'topic', 'HEAD~2');
  await save(root, 'reports/c.yml', 'title: C\n', 'From before the cache');
  await git(root, 'switch', '-q', 'main');
  await save(root, 'reports/a.yml', 'title: new\n', 'New');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge', 'topic');
  await job(root, 5);
  const head = await git(root, 'rev-parse', 'HEAD');
  const whole = await definitionLog(repository, head, JOB);
  assert.deepEqual(await definitionLog(repository, head, JOB, early), whole);
  assert.equal(whole.commits.at(-1)!.subject, 'From before the cache');

  // The earlier head is now the other side of a merge, and then unknown to Git.
  await git(root, 'switch', '-q', '--orphan', 'other');
  const other = await save(root, 'reports/z.yml', 'title: Z\n', 'Another history');
  assert.deepEqual((await definitionLog(repository, other, JOB, whole)).commits.map(({ subject }) => subject), ['Another history']);
  assert.deepEqual((await definitionLog(repository, other, JOB, { ...whole, head: '1'.repeat(40) })).commits.map(({ subject }) => subject), ['Another history']);
});

test('a clone that is cut off, or has no trees, says so and puts nothing down to the wrong commit', async (t) => {
  const root = await newRepository(t);
  await save(root, 'reports/a.yml', 'title: second\n', 'Second');
  await save(root, 'reports/a.yml', 'title: third\n', 'Third');
  const folder = dirname(root);
  await git(folder, 'clone', '-q', '--depth=2', `file://${root}`, 'shallow');
  const shallow = await openRepository(join(folder, 'shallow'), ENV);
  const log = await definitionLog(shallow, shallow.head, JOB);
  assert.deepEqual(log.commits.map(({ subject }) => subject), ['Third']);
  assert.match(log.notes[0]!, /shallow clone/);

  await git(root, 'config', 'uploadpack.allowFilter', 'true');
  await git(folder, 'clone', '-q', '--filter=tree:0', '--no-checkout', `file://${root}`, 'treeless');
  const treeless = await openRepository(join(folder, 'treeless'), ENV);
  const blind = await definitionLog(treeless, treeless.head, JOB);
  assert.deepEqual(blind.commits, []);
  assert.match(blind.notes[0]!, /no trees/);
});

test('an instance in a folder of its repository: paths are its own', async (t) => {
  const root = await newRepository(t);
  await mkdir(join(root, 'inner'));
  await write(root, 'inner/daybook.yml', 'title: Inner\n');
  await save(root, 'inner/reports/x.yml', 'title: X\n', 'Inner');
  await save(root, 'reports/a.yml', 'title: outer\n', 'Outer');
  const { commits } = await read(join(root, 'inner'));
  assert.deepEqual(commits.map(({ subject, files }) => [subject, files.map(({ path }) => path)]), [['Inner', ['daybook.yml', 'reports/x.yml']]]);
});

test('a clone without blobs fetches the texts that are asked for; offline it says that they are not here', async (t) => {
  const root = await newRepository(t);
  for (const number of [2, 3, 4]) await save(root, 'reports/a.yml', `title: ${number}\n`, `Number ${number}`);
  await git(root, 'config', 'uploadpack.allowFilter', 'true');
  await git(root, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const folder = dirname(root);
  const texts = async (name: string, online: boolean): Promise<(string | null)[]> => {
    await git(folder, 'clone', '-q', '--filter=blob:none', '--no-checkout', `file://${root}`, name);
    const repository = await openRepository(join(folder, name), ENV);
    if (!online) await git(join(folder, name), 'remote', 'set-url', 'origin', `file://${folder}/gone`);
    const { commits } = await definitionLog(repository, repository.head, JOB);
    const oids = commits.flatMap(({ files }) => files.flatMap(({ path, after }) => (path === 'reports/a.yml' ? [after!] : [])));
    const found = await readTexts(repository, oids, 1_000);
    return oids.map((oid) => found.get(oid)!);
  };
  assert.deepEqual(await texts('online', true), ['title: A\n', 'title: 2\n', 'title: 3\n', 'title: 4\n']);
  assert.deepEqual(await texts('offline', false), [null, null, null, null]);
  const whole = await openRepository(root, ENV);
  const oid = await git(root, 'rev-parse', 'HEAD:reports/a.yml');
  assert.deepEqual([...(await readTexts(whole, [oid], 5)).values()], [null], 'too large');
});

test('a clone that became an instance of its own: what was before is another’s history', async (t) => {
  const root = await ledger(t);
  const early = await definitionLog(await openRepository(root, ENV), await git(root, 'rev-parse', 'HEAD'), { ...JOB, instance: 'own' });
  await rm(join(root, 'snapshots'), { recursive: true });
  await rm(join(root, 'reports/b.yml'));
  await write(root, 'reports/own.yml', 'title: Own\n');
  await edit(root, 'daybook.yml', (text) => text.replace('instance: test', 'instance: own'));
  await git(root, 'add', '-A');
  await git(root, 'commit', '-qm', 'Found');
  const founding = await git(root, 'rev-parse', 'HEAD');
  await save(root, 'reports/a.yml', 'title: Later\n', 'Later');
  const repository = await openRepository(root, ENV);
  const log = await definitionLog(repository, repository.head, { ...JOB, instance: 'own' });
  assert.deepEqual(log.commits.map(({ subject, files, snapshotCount }) => [subject, files.map(({ path }) => path), snapshotCount]), [['Found', ['daybook.yml', 'reports/own.yml'], 0], ['Later', ['reports/a.yml'], 0]]);
  assert.deepEqual([log.entries, log.founded], [[], { commit: founding, before: 'test' }]);
  assert.match(log.notes.join(), /^Before commit [0-9a-f]{10}, this was a clone of "test", whose history is not told\.$/);
  assert.deepEqual(await definitionLog(repository, repository.head, { ...JOB, instance: 'own' }, early), log, 'read in two steps');
  // The same, in the same name: somebody took the ledger away.
  const removed = await definitionLog(repository, repository.head, JOB);
  assert.equal(removed.founded, null);
  assert.ok(removed.commits.some(({ subject, snapshotCount }) => subject === 'Found' && snapshotCount > 0));
});
