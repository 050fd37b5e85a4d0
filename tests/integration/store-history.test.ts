import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DaybookError } from '../../src/error.ts';
import { readBlob, readBlobs, readLedger } from '../../src/store/history.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository, type Repository } from '../../src/store/repository.ts';
import { ENV, git, newRepository, request, result, write } from './store-fixture.ts';

async function withDays(root: string, days: number, cacheFile?: string): Promise<Repository> {
  const repository = await openRepository(root, ENV);
  for (let day = 1; day <= days; day += 1) {
    await keep(repository, request([result('team/a', `2001-06-0${day}`, [String(day)])]), { cacheFile });
  }
  return repository;
}

async function broken(read: Promise<unknown>, file: string): Promise<void> {
  await assert.rejects(read, (error) => error instanceof DaybookError && error.code === 'ledger-broken' && error.place.file === file, file);
}

test('the ledger is that of the commit, whatever lies in the work tree', async (t) => {
  const root = await newRepository(t);
  const repository = await withDays(root, 3);
  await rm(join(root, 'snapshots'), { recursive: true });
  assert.equal((await readLedger(repository, 'HEAD')).sequence, 3);
  assert.equal((await readLedger(repository, 'HEAD~1')).sequence, 2);
  assert.equal((await readLedger(repository, repository.head)).sequence, 0);
});

test('a cache is used, extended, and never believed when it is wrong', async (t) => {
  const root = await newRepository(t);
  const cache = join(root, '../cache/ledger.json');
  const repository = await withDays(root, 3, cache);
  const truth = await readLedger(repository, 'HEAD');
  const read = (commit = 'HEAD') => readLedger(repository, commit, cache);
  assert.deepEqual(await read(), truth);
  await rm(cache);
  await read();
  const good = await readFile(cache, 'utf8');
  for (const bad of ['', '{}', good.slice(0, -1), good.replace('team/a', 'team/b'), 'daybook/ledger-cache/1 sha256:0\nnull']) {
    await writeFile(cache, bad);
    assert.deepEqual(await read(), truth);
    assert.equal(await readFile(cache, 'utf8'), good, 'it is written anew');
  }
  await read('HEAD~2');
  assert.notEqual(await readFile(cache, 'utf8'), good);
  assert.deepEqual(await read(), truth, 'a cache of an earlier entry is extended');
  await git(root, 'reset', '-q', '--hard', 'HEAD~2');
  await keep(repository, request([result('team/other', '2001-06-30')]));
  assert.equal((await readLedger(repository, 'HEAD', cache)).reports.has('team/other'), true, 'a cache of another history is not');
});

test('a ledger that does not fit names the first file that does not', async (t) => {
  const root = await newRepository(t);
  const repository = await withDays(root, 3);
  const second = 'snapshots/ledger/2001/0000002.json';
  const text = await readFile(join(root, second), 'utf8');
  const commit = async (change: () => Promise<unknown>) => {
    await change();
    await git(root, 'add', '-A');
    await git(root, 'commit', '-qm', 'tampering');
    const head = await git(root, 'rev-parse', 'HEAD');
    await git(root, 'reset', '-q', '--hard', 'HEAD~1');
    return head;
  };
  const changed = text.replace('"milliseconds":1,', '"milliseconds":2,');
  assert.notEqual(changed, text);
  await broken(readLedger(repository, await commit(() => write(root, second, changed))), 'snapshots/ledger/2001/0000003.json');
  await broken(readLedger(repository, await commit(() => write(root, second, `${text} `))), second);
  await broken(readLedger(repository, await commit(() => write(root, second, 'not JSON'))), second);
  await broken(readLedger(repository, await commit(() => rm(join(root, second)))), 'snapshots/ledger/2001/0000003.json');
  const last = 'snapshots/ledger/2001/0000003.json';
  await broken(readLedger(repository, await commit(() => rm(join(root, last)))), 'snapshots/ledger/checkpoint');
  await broken(readLedger(repository, await commit(() => rm(join(root, 'snapshots/ledger/checkpoint')))), 'snapshots/ledger/checkpoint');
  await broken(readLedger(repository, await commit(() => write(root, 'snapshots/ledger/checkpoint', 'test\nthree\n'))), 'snapshots/ledger/checkpoint');
});

test('another instance does not write into this ledger', async (t) => {
  const root = await newRepository(t);
  const repository = await withDays(root, 1);
  const other = request([result('team/a', '2001-06-30')], { instance: 'other' });
  await broken(keep(repository, other), 'snapshots/ledger/checkpoint');
});

test('blobs come in the order that was asked for, null where there is none', async (t) => {
  const root = await newRepository(t);
  const repository = await openRepository(root, ENV);
  const blobs = await readBlobs(repository, 'HEAD', ['reports/b.yml', 'absent', 'reports/a.yml']);
  assert.deepEqual(blobs.map((blob) => blob?.toString() ?? null), ['title: B\n', null, 'title: A\n']);
  assert.equal(await readBlob(repository, 'HEAD', 'absent'), null);
});
