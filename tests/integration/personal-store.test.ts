import assert from 'node:assert/strict';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { saltedDigest, type RowsDigest } from '../../src/snapshot/canonical.ts';
import { storeAt, type PersonalStore } from '../../src/store/personal.ts';
import { temporaryFolder, write } from './store-fixture.ts';

const [REPORT, AS_OF] = ['team/a', '2001-06-30T14:00Z'];

async function opened(t: TestContext): Promise<{ store: PersonalStore; files: () => Promise<string[]>; keep: (text: string, salt?: string) => Promise<RowsDigest> }> {
  const store = storeAt(await temporaryFolder(t));
  const folder = join(store.folder, '2001/06/30/t1400/team');
  return {
    store,
    files: async () => (await readdir(folder).catch(() => [])).map((name) => name.replace(/[0-9a-f]{64}/, 'rows')).sort((a, b) => (a < b ? -1 : 1)),
    keep: async (text, salt) => {
      const csv = Buffer.from(text);
      const digest = saltedDigest(salt ?? (await store.saltOf(REPORT, AS_OF)), csv);
      await store.write([{ name: { report: REPORT, asOf: AS_OF, version: 1 }, digest, csv }]);
      return digest;
    },
  };
}

test('a salt is made once, also by many at a time, and anew after an erasure', async (t) => {
  const { store } = await opened(t);
  const salts = new Set(await Promise.all(Array.from({ length: 20 }, () => storeAt(store.folder).saltOf(REPORT, AS_OF))));
  assert.equal(salts.size, 1);
  assert.notEqual(await store.saltOf(REPORT, '2001-06-30'), [...salts][0], 'each as-of has its own');
  assert.notEqual(await store.saltOf('team/ab', AS_OF), [...salts][0], 'each report has its own');
  await store.destroy(REPORT, AS_OF);
  assert.equal(await store.knownSalt(REPORT, AS_OF), null);
  assert.notEqual(await store.saltOf(REPORT, AS_OF), [...salts][0]);
  assert.notEqual(await store.knownSalt('team/ab', AS_OF), null, 'a name that begins alike stays');
});

test('two jobs that made the same version of other rows lose neither', async (t) => {
  const { store, keep } = await opened(t);
  const [one, two] = [await keep('n\n1\n'), await keep('n\n2\n')];
  const name = { report: REPORT, asOf: AS_OF, version: 1 };
  assert.equal((await store.read(name, one))!.toString(), 'n\n1\n');
  assert.equal((await store.read(name, two))!.toString(), 'n\n2\n');
});

test('rows that were made under a salt which was erased meanwhile are refused', async (t) => {
  const { store, files, keep } = await opened(t);
  const salt = await store.saltOf(REPORT, AS_OF);
  await store.destroy(REPORT, AS_OF);
  await assert.rejects(keep('n\n1\n', salt), { code: 'personal-store' });
  await store.saltOf(REPORT, AS_OF);
  await assert.rejects(keep('n\n1\n', salt), { code: 'personal-store' });
  assert.deepEqual(await files(), ['a.salt']);
});

test('what a kill left half written is destroyed too, and a later salt stays', async (t) => {
  const { store, files, keep } = await opened(t);
  const digest = await keep('n\n1\n');
  const folder = join(store.folder, '2001/06/30/t1400/team');
  const rows = (await readdir(folder)).find((name) => name.endsWith('.csv'))!;
  await copyFile(join(folder, 'a.salt'), join(folder, 'a.salt.123'));
  await copyFile(join(folder, rows), join(folder, `${rows}.123`));
  await copyFile(join(folder, 'a.salt'), join(folder, 'b.salt'));
  assert.deepEqual(await files(), ['a.rows.csv', 'a.rows.csv.123', 'a.salt', 'a.salt.123', 'b.salt']);
  await write(folder, 'a.salt', 'f'.repeat(64));
  assert.equal(await store.destroyRows(REPORT, AS_OF, digest), 3);
  assert.deepEqual(await files(), ['a.salt', 'b.salt'], 'the copy of the old salt is gone');
  assert.equal(await store.destroyRows(REPORT, AS_OF, digest), 0);
  assert.equal(await store.destroy(REPORT, AS_OF), 1);
  assert.deepEqual(await files(), ['b.salt']);
});

test('what the system refuses is told without the machine’s paths: the ledger keeps it for good', async (t) => {
  const { store } = await opened(t);
  await write(store.folder, '2001/06/30', 'a file where a folder belongs');
  await assert.rejects(store.saltOf(REPORT, AS_OF), (cause: Error) => /^E[A-Z]+: [a-z ]+$/.test(cause.message));
});

test('a salt that is none is refused', async (t) => {
  const { store } = await opened(t);
  await write(store.folder, '2001/06/30/t1400/team/a.salt', 'abc');
  await assert.rejects(store.saltOf(REPORT, AS_OF), { code: 'personal-store' });
});
