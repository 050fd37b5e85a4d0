import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { measureFolders, measureObjects } from '../../src/store/size.ts';
import { openRepository } from '../../src/store/repository.ts';
import { commit, daybook, ENV, git, newInstance, refresh, report, temporaryFolder, write } from './instance.ts';

interface Told {
  whole: boolean;
  findings: { severity: string; what: string }[];
  clone: { shallow: boolean; filter: string | null };
  sizes: { snapshots: { objects: number }; reports: { report: string }[] };
  folders: object | null;
}

async function doctor(root: string): Promise<Told & { code: number | null }> {
  const said = await daybook(root, ['doctor', '--json']);
  return { ...(JSON.parse(said.out) as Told), code: said.code };
}

test('sums are those of Git, object by object', async (t) => {
  const root = await newInstance(t, report('other', 'select count(*) as n from orders where day <= $as_of'));
  assert.equal((await refresh(root)).code, 0);
  const repository = await openRepository(root, ENV);
  const head = await git(root, 'rev-parse', 'HEAD');
  const sizes = await measureObjects(repository, head);

  const ids = (await git(root, 'rev-list', '--objects', '--no-object-names', 'HEAD')).split('\n');
  const answers = execFileSync('git', ['cat-file', '--batch-check=%(objecttype) %(objectsize) %(objectsize:disk)'], { cwd: root, env: ENV, input: `${ids.join('\n')}\n` }).toString().trim().split('\n').map((line) => line.split(' '));
  const kinds = [sizes.snapshots, sizes.ledger, sizes.files, sizes.trees];
  const sum = (key: 'objects' | 'raw' | 'disk'): number => kinds.reduce((all, one) => all + one[key], 0);
  assert.deepEqual([sum('objects'), sum('raw'), sum('disk')], [ids.length, ...[1, 2].map((field) => answers.reduce((all, fields) => all + Number(fields[field]), 0))]);
  assert.equal(sizes.trees.objects, answers.filter(([type]) => type !== 'blob').length);

  const files = (await git(root, 'ls-tree', '-r', '--name-only', 'HEAD')).split('\n');
  const rows = files.filter((file) => file.endsWith('/team/other.csv'));
  const other = sizes.reports.find((one) => one.report === 'team/other')!;
  assert.deepEqual([other.rows.objects, Object.keys(other.years)], [rows.length, [new Date((Number(await git(root, 'log', '-1', '--format=%ct'))) * 1_000).toISOString().slice(0, 4)]]);
  assert.equal(other.largest, Number(await git(root, 'cat-file', '-s', `HEAD:${rows[0]!}`)));

  // Its rows are the exported file, byte for byte: one object, which came with the definitions.
  assert.equal(sizes.reports.find((one) => one.report === 'team/good')!.rows.objects, 0);

  const folders = await measureFolders(repository, head);
  assert.equal(folders!.snapshotFiles, files.filter((file) => /^snapshots\/\d{4}\//.test(file)).length);
  assert.equal(folders!.entries, 1);
  for (const { folder, entries } of folders!.fullest) assert.equal((await git(root, 'ls-tree', '--name-only', `HEAD:${folder}`)).split('\n').length, entries, folder || 'the top');
});

test('a small instance is fine, as text and in a folder of a larger repository', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  const said = await daybook(root, ['doctor']);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /^Test\ncommit [0-9a-f]{12}\n\nFINE: no limit is near\.\n/);
  assert.match(said.out, /\nteam\/good\n {2}2026 /);

  const above = path.join(await temporaryFolder(t), 'repository');
  await write(path.join(above, 'team/numbers'), { 'daybook.yml': 'title: Inside\ninstance: inside\nteams: {}\n', 'snapshots/2026/01/07/v1/team/x.csv': 'n\n1\n' });
  await git(above, 'init', '-q', '-b', 'main');
  await commit(above);
  const inside = await doctor(path.join(above, 'team/numbers'));
  assert.deepEqual([inside.code, inside.sizes.reports.map((one) => one.report)], [0, ['team/x']]);
});

test('a folder that is too full: exit 1', async (t) => {
  const root = await newInstance(t);
  const files = Array.from({ length: 3_001 }, (_, index) => `M 100644 inline many/${index}\ndata 0\n\n`).join('');
  execFileSync('git', ['fast-import', '--quiet'], { cwd: root, env: ENV, input: `commit refs/heads/main\ncommitter A <a@b> 1767855600 +0000\ndata 0\nfrom refs/heads/main^0\n${files}` });
  const told = await doctor(root);
  assert.equal(told.code, 1);
  assert.deepEqual(told.findings.map(({ severity, what }) => [severity, what]), [['over', 'many has 3,001 entries; hosts recommend at most 3,000.']]);
});

test('a clone that is not whole is measured as it is, without a request: exit 2', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  const folder = await temporaryFolder(t);
  const origin = path.join(folder, 'origin.git');
  await git(folder, 'clone', '-q', '--bare', root, origin);
  await git(origin, 'config', 'uploadpack.allowFilter', 'true');
  for (const [name, filter, folders] of [['shallow', null, true], ['blobless', 'blob:none', true], ['treeless', 'tree:0', false]] as const) {
    const clone = path.join(folder, name);
    await git(folder, 'clone', '-q', '--no-checkout', filter === null ? '--depth=1' : `--filter=${filter}`, `file://${origin}`, clone);
    await write(clone, { 'daybook.yml': 'title: Test\ninstance: test\nteams: {}\n' });
    const before = await git(clone, 'count-objects', '-v');
    const told = await doctor(clone);
    assert.deepEqual([told.code, told.whole, told.clone.shallow, told.clone.filter, told.folders !== null], [2, false, filter === null, filter, folders], name);
    assert.equal(told.sizes.snapshots.objects > 0, name === 'shallow');
    assert.equal(await git(clone, 'count-objects', '-v'), before, 'nothing was fetched');
    assert.match((await daybook(clone, ['doctor'])).out, /CANNOT TELL: not all of it is here\./);
  }
});
