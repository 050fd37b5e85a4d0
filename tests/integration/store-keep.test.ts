import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DaybookError, type ErrorCode } from '../../src/error.ts';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import { readManifest } from '../../src/snapshot/manifest.ts';
import { readBlob, readLedger } from '../../src/store/history.ts';
import { keep, type Landing } from '../../src/store/keep.ts';
import type { KeepRequest } from '../../src/store/request.ts';
import { repair } from '../../src/store/repair.ts';
import { openRepository } from '../../src/store/repository.ts';
import { ENV, git, newRepository, request, result, temporaryFolder, write } from './store-fixture.ts';

const MANIFEST = 'snapshots/2001/06/30/v1/team/a.json';
const ROWS = 'snapshots/2001/06/30/v1/team/a.csv';

async function keepIn(root: string, what: KeepRequest, push = false): Promise<Landing> {
  return keep(await openRepository(root, ENV), what, { push });
}

async function refused(code: ErrorCode, step: Promise<unknown>): Promise<DaybookError> {
  const error = await step.then(() => null, (cause: unknown) => cause);
  assert.ok(error instanceof DaybookError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

test('one job is one commit, readable, with files that are their digests', async (t) => {
  const root = await newRepository(t);
  const before = await git(root, 'rev-parse', 'HEAD');
  const landing = await keepIn(root, request([result('team/b', '2001-06-30'), result('team/a', '2001-06-30', ['7'])]));
  assert.deepEqual(landing.kept.map(({ report }) => report), ['team/a', 'team/b']);
  assert.equal(await git(root, 'rev-parse', 'HEAD'), landing.commit);
  assert.equal(await git(root, 'rev-parse', 'HEAD~1'), before);
  assert.equal(await git(root, 'log', '-1', '--format=%an <%ae>|%cn|%aI|%cI'), 'Daybook <daybook@example.org>|Daybook|2001-07-01T06:00:30+00:00|2001-07-01T06:00:30+00:00');
  assert.equal(await git(root, 'log', '-1', '--format=%B'), 'Snapshots: 2 kept (ledger 1)\n\nteam/a@2001-06-30.v1\nteam/b@2001-06-30.v1\n');
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.equal(await git(root, 'for-each-ref', 'refs/daybook'), '');

  const manifest = readManifest(await readFile(join(root, MANIFEST), 'utf8'), MANIFEST);
  assert.equal(manifest.supersedes, null);
  const [kept] = landing.entry!.kept;
  assert.equal(digestJson(manifest), kept!.manifest);
  assert.equal(digestBytes(await readFile(join(root, ROWS))), kept!.rows);
  assert.equal(landing.entry!.time, '2001-07-01T06:00:30Z');
  assert.equal(landing.entry!.runs[0]!.milliseconds, 1);
});

test('equal data is unchanged, other data the next version that supersedes', async (t) => {
  const root = await newRepository(t);
  await keepIn(root, request([result('team/a', '2001-06-30', ['7'])]));
  const again = await keepIn(root, request([result('team/a', '2001-06-30', ['7'], 'other source')]));
  assert.deepEqual([again.kept, again.entry!.runs[0]!.status], [[], 'unchanged']);
  const changed = await keepIn(root, request([result('team/a', '2001-06-30', ['8'])]));
  assert.deepEqual(changed.kept, [{ report: 'team/a', asOf: '2001-06-30', version: 2 }]);
  const path = 'snapshots/2001/06/30/v2/team/a.json';
  assert.equal(readManifest(await readFile(join(root, path), 'utf8'), path).supersedes, digestJson(JSON.parse(await readFile(join(root, MANIFEST), 'utf8'))));
  const back = await keepIn(root, request([result('team/a', '2001-06-30', ['7'], 'third source')]));
  assert.equal(back.kept[0]!.version, 3);
  const replaced = await keepIn(root, request([result('team/a', '2001-06-30', ['8'])]));
  assert.equal(replaced.kept[0]!.version, 4, 'the inputs of version 2, computed again since version 3 replaced it');
  const next = await keepIn(root, request([result('team/a', '2001-07-01', ['7'])]));
  assert.equal(next.kept[0]!.version, 1, 'a new as-of is kept though its rows are equal');
});

test('the time never goes back, and nothing to enter makes no commit', async (t) => {
  const root = await newRepository(t);
  const first = await keepIn(root, request([result('team/a', '2001-06-30')]));
  const run = first.entry!.runs[0]!;
  const known = { report: 'team/a', slot: run.slot, requested: run.requested, definition: run.definition, kind: 'known', asOf: run.as_of, inputs: run.inputs!, data: run.data } as const;
  assert.equal((await keepIn(root, request([]))).commit, null);
  assert.equal((await keepIn(root, request([known]))).commit, null, 'the slot is entered already');
  const later = { ...known, slot: '2001-07-01T06:00Z' };
  assert.equal((await keepIn(root, request([later], { dropUnchanged: true }))).commit, null);
  const entered = await keepIn(root, request([later], { time: new Date('1999-01-01') }));
  assert.deepEqual([entered.entry!.runs[0]!.status, entered.entry!.time], ['unchanged', first.entry!.time]);
});

test('what is staged, edited or untracked elsewhere stays', async (t) => {
  const root = await newRepository(t);
  await write(root, 'reports/a.yml', 'title: staged\n');
  await git(root, 'add', 'reports/a.yml');
  await write(root, 'reports/a.yml', 'title: edited after that\n');
  await write(root, 'reports/b.yml', 'title: edited\n');
  await write(root, 'notes.txt', 'mine\n');
  await git(root, 'rm', '-q', '--cached', 'daybook.yml');
  const status = await git(root, 'status', '--porcelain');
  const staged = await git(root, 'diff', '--cached');
  await keepIn(root, request([result('team/a', '2001-06-30')]));
  assert.equal(await git(root, 'status', '--porcelain'), status);
  assert.equal(await git(root, 'diff', '--cached'), staged);
  assert.equal(await readFile(join(root, 'reports/a.yml'), 'utf8'), 'title: edited after that\n');
});

test('a conflicted merge does not keep index and files from following', async (t) => {
  const root = await newRepository(t);
  await git(root, 'switch', '-q', '-c', 'other');
  await write(root, 'reports/a.yml', 'theirs\n');
  await git(root, 'commit', '-qam', 'theirs');
  await git(root, 'switch', '-q', 'main');
  await write(root, 'reports/a.yml', 'ours\n');
  await git(root, 'commit', '-qam', 'ours');
  await assert.rejects(git(root, 'merge', 'other'));
  await keepIn(root, request([result('team/a', '2001-06-30')]));
  assert.equal(await git(root, 'status', '--porcelain'), 'UU reports/a.yml');
});

test('no commit, a detached head, no repository: each has its code', async (t) => {
  const empty = await temporaryFolder(t);
  await refused('git-repository', openRepository(empty, ENV));
  await refused('git-repository', openRepository(join(empty, 'absent'), ENV));
  await git(empty, 'init', '-q');
  await refused('git-no-commit', openRepository(empty, ENV));
  await refused('git-missing', openRepository(empty, { ...ENV, PATH: empty }));

  const root = await newRepository(t);
  await git(root, 'checkout', '-q', '--detach');
  await refused('git-detached', keepIn(root, request([result('team/a', '2001-06-30')])));
  assert.equal((await readdir(join(root, '.git'))).filter((name) => name.includes('daybook')).join(), '');
});

test('variables of a hook that starts Daybook do not lead it elsewhere', async (t) => {
  const root = await newRepository(t);
  const other = await newRepository(t);
  const env = { ...ENV, GIT_DIR: join(other, '.git'), GIT_INDEX_FILE: join(other, '.git/index'), GIT_WORK_TREE: other, EDITOR: 'vi' };
  const landing = await keep(await openRepository(root, env), request([result('team/a', '2001-06-30')]));
  assert.equal(await git(root, 'rev-parse', 'HEAD'), landing.commit);
});

test('credentials that a CI system hands to Git in the environment reach it', async (t) => {
  const root = await newRepository(t);
  const env = { ...ENV, GIT_SSH_COMMAND: 'ssh -i key', GIT_ASKPASS: 'true', GIT_CONFIG_COUNT: '2', GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: '', GIT_CONFIG_KEY_1: 'remote.origin.url', GIT_CONFIG_VALUE_1: '/somewhere' };
  const { git: commands } = await openRepository(root, env);
  assert.equal(await commands.raw(['config', 'remote.origin.url']), '/somewhere');
});

test('harmful settings of the user change no byte', async (t) => {
  const root = await newRepository(t);
  for (const [key, value] of [['core.autocrlf', 'true'], ['core.eol', 'crlf'], ['commit.gpgsign', 'true'], ['core.quotepath', 'true'], ['core.safecrlf', 'true']]) {
    await git(root, 'config', key!, value!);
  }
  const hook = join(root, '.git/hooks/pre-commit');
  await writeFile(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const landing = await keepIn(root, request([result('team/a', '2001-06-30', ['ä', 'b'])]));
  const rows = await readFile(join(root, ROWS));
  assert.equal(digestBytes(rows), landing.entry!.kept[0]!.rows);
  assert.equal(await git(root, 'status', '--porcelain'), '');
  await git(root, 'update-index', '-q', '--really-refresh');
  assert.equal(await git(root, 'diff-files', '--name-only'), '');
});

test('replaced objects are not believed', async (t) => {
  const root = await newRepository(t);
  const { commit } = await keepIn(root, request([result('team/a', '2001-06-30', ['7'])]));
  const truth = await git(root, 'rev-parse', `HEAD:${ROWS}`);
  await write(root, 'fake', 'n\n8\n');
  await git(root, 'replace', truth, await git(root, 'hash-object', '-w', 'fake'));
  const repository = await openRepository(root, ENV);
  assert.equal((await readBlob(repository, commit!, ROWS))!.toString(), 'n\n7\n');
});

test('an instance in a folder of the repository keeps below that folder', async (t) => {
  const top = await newRepository(t);
  const root = join(top, 'daily "reports"');
  await write(root, 'daybook.yml', 'title: Inner\n');
  const landing = await keepIn(root, request([result('team/a', '2001-06-30')]));
  await keepIn(root, request([result('team/a', '2001-06-30', ['2'])]));
  await stat(join(root, ROWS));
  assert.equal(await git(top, 'status', '--porcelain', '-uall'), '?? "daily \\"reports\\"/daybook.yml"');
  const repository = await openRepository(root, ENV);
  assert.ok(await readBlob(repository, landing.commit!, MANIFEST));
  assert.equal((await readLedger(repository, 'HEAD')).sequence, 2);
});

test('a linked work tree follows alone', async (t) => {
  const root = await newRepository(t);
  const linked = join(root, '../linked');
  await git(root, 'worktree', 'add', '-q', '-b', 'side', linked);
  await keepIn(linked, request([result('team/a', '2001-06-30')]));
  assert.equal(await git(linked, 'status', '--porcelain'), '');
  assert.equal(await git(root, 'status', '--porcelain'), '');
  await stat(join(linked, ROWS));
  await assert.rejects(stat(join(root, ROWS)));
  await keepIn(root, request([result('team/a', '2001-06-30')]));
  assert.equal(await git(root, 'rev-list', '--count', 'main'), '2');
});

test('a sparse checkout gets the entries, and only the files that it wants', async (t) => {
  const root = await newRepository(t);
  await keepIn(root, request([result('team/a', '2001-06-30'), result('team/a', '2001-05-30')]));
  await git(root, 'sparse-checkout', 'set', '--cone', 'snapshots/2001/06', 'snapshots/ledger');
  await keepIn(root, request([result('team/b', '2001-06-30'), result('team/b', '2001-05-30')]));
  assert.equal(await git(root, 'status', '--porcelain'), '');
  await stat(join(root, 'snapshots/2001/06/30/v1/team/b.csv'));
  await assert.rejects(stat(join(root, 'snapshots/2001/05')));
  assert.match(await git(root, 'ls-files', '-t', 'snapshots/2001/05/30'), /^S .*a\.csv\nS .*a\.json\nS .*b\.csv\nS .*b\.json$/);
});

test('a clone without a checkout has nothing that could follow', async (t) => {
  const root = await newRepository(t);
  const clone = join(root, '../clone');
  await git(root, 'clone', '-q', '--no-checkout', root, clone);
  const { commit } = await keepIn(clone, request([result('team/a', '2001-06-30')]));
  assert.deepEqual(await readdir(clone), ['.git']);
  assert.equal(await git(clone, 'diff', '--name-status', 'HEAD~1', commit!, '--', 'reports'), '');
});

test('a path that is taken is refused, in Git and beside it', async (t) => {
  const root = await newRepository(t);
  await write(root, ROWS, 'mine\n');
  const beside = await refused('snapshot-exists', keepIn(root, request([result('team/a', '2001-06-30')])));
  assert.equal(beside.place.file, ROWS);
  assert.equal(await readFile(join(root, ROWS), 'utf8'), 'mine\n');
  await git(root, 'add', '-A');
  await git(root, 'commit', '-qm', 'by hand');
  const within = await refused('snapshot-exists', keepIn(root, request([result('team/a', '2001-06-30')])));
  assert.equal(within.place.file, ROWS);
  assert.equal(await git(root, 'log', '-1', '--format=%s'), 'by hand');
  assert.equal(await git(root, 'for-each-ref', 'refs/daybook'), '');
});

test('files are not written through a symbolic link', async (t) => {
  const root = await newRepository(t);
  const elsewhere = await temporaryFolder(t);
  await mkdir(join(root, 'snapshots'));
  await symlink(elsewhere, join(root, 'snapshots/2001'));
  const landing = await keepIn(root, request([result('team/a', '2001-06-30')]));
  assert.match(landing.notes.join(), /leads elsewhere/);
  assert.deepEqual(await readdir(elsewhere), []);
  await unlink(join(root, 'snapshots/2001'));
  assert.deepEqual(await repair(await openRepository(root, ENV)), []);
  assert.equal(await git(root, 'status', '--porcelain'), '');
});

test('an index that somebody else holds is followed later', async (t) => {
  const root = await newRepository(t);
  await writeFile(join(root, '.git/index.lock'), '');
  const repository = await openRepository(root, ENV);
  const landing = await keep(repository, request([result('team/a', '2001-06-30')]), { wait: async () => undefined });
  assert.match(landing.notes.join(), /not yet in the work tree/);
  assert.ok(landing.commit);
  await unlink(join(root, '.git/index.lock'));
  assert.deepEqual(await repair(repository), []);
  assert.equal(await git(root, 'status', '--porcelain'), '');
});

test('a failure is entered with its code; the others land', async (t) => {
  const root = await newRepository(t);
  const error = new DaybookError('query-syntax', 'near "FORM"\nline two', { file: 'queries/team/b.sql', line: 3 });
  const { report: _, ...rest } = result('team/b', '2001-06-30');
  const failure = { report: 'team/b', slot: rest.slot, requested: rest.requested, definition: rest.definition, kind: 'failure', error, inputs: null, milliseconds: 3, attempts: 2 } as const;
  const missed = [{ report: 'team/c', from: '2001-06-28T06:00Z', to: '2001-06-29T06:00Z', count: 2, reason: 'no job ran' }];
  const landing = await keepIn(root, request([failure, result('team/a', '2001-06-30')], { missed }));
  assert.deepEqual(landing.entry!.runs[1]!.error, { code: 'query-syntax', message: 'queries/team/b.sql:3: near "FORM" line two' });
  assert.equal(await git(root, 'log', '-1', '--format=%B'), [
    'Snapshots: 1 kept, 1 failed, 2 missed (ledger 1)', '', 'failed: team/b for 2001-06-30: query-syntax',
    'missed: team/c: 2 from 2001-06-28T06:00Z to 2001-06-29T06:00Z', 'team/a@2001-06-30.v1', '',
  ].join('\n'));
  const again = await keepIn(root, request([], { missed }));
  assert.equal(again.commit, null, 'missed slots are entered once');
});

test('1,400 reports in a folder land in one commit with a short message', async (t) => {
  const root = await newRepository(t);
  const attempts = Array.from({ length: 1400 }, (_, index) => result(`team/report-${String(index).padStart(4, '0')}`, '2001-06-30T14:00Z', [`${index}`]));
  const landing = await keepIn(root, request(attempts));
  assert.equal(landing.kept.length, 1400);
  assert.equal((await git(root, 'log', '-1', '--format=%B')).split('\n').length, 2 + 50 + 2);
  assert.equal((await readdir(join(root, 'snapshots/2001/06/30/t1400/v1/team'))).length, 2800);
  assert.equal(await git(root, 'status', '--porcelain'), '');
  await git(root, 'fsck', '--strict');
});
