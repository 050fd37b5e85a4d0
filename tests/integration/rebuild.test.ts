import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import { dataDigest, pathsOf, readManifest, writeManifest, type Manifest, type SnapshotName } from '../../src/snapshot/manifest.ts';
import { BASE, commit, daybook, git, newInstance, NOW, refresh, report, temporaryFolder, wholeFile, write } from './instance.ts';
import { readEntries, writeChain } from './verify-fixture.ts';

interface Told {
  code: number | null;
  status: string;
  detail: string;
  findings: { message: string; file: string; sequence: number }[];
}

async function rebuild(root: string, words: string[] = ['--rebuild', 'all'], where = '.'): Promise<Told> {
  const said = await daybook(root, ['verify', where, '--unanchored', '--json', ...words]);
  const { layers } = JSON.parse(said.out) as { layers: (Omit<Told, 'code'> & { id: string })[] };
  const { status, detail, findings } = layers.find(({ id }) => id === 'rebuild')!;
  return { code: said.code, status, detail, findings };
}

const RATIO = report('ratio', 'select day, sum(orders) / 3 as third from orders where day <= $as_of group by day', 'as_of: { column: day }\nkey: [day]\nmetrics: { third: { label: Third, value: sum(third) } }\n');

let template: Promise<string> | null = null;
/** The template lives as long as the file's tests, not as the one that came first. */
const whole = wholeFile();

/** Three days of two reports; a copy of one that is made once. */
async function instance(t: TestContext): Promise<string> {
  template ??= newInstance(whole, RATIO).then(async (made) => {
    assert.equal((await refresh(made, ['good', 'ratio', '--from', '2026-01-05', '--to', '2026-01-07'])).code, 0);
    return made;
  });
  const root = path.join(await temporaryFolder(t), 'instance');
  await cp(await template, root, { recursive: true });
  return root;
}

/** What a forger with Daybook's code does: rows, manifest, entries and checkpoint fit again. */
async function forge(root: string, name: SnapshotName, change: (csv: string, manifest: Manifest) => { csv: string; manifest: Manifest }): Promise<void> {
  const files = pathsOf(name);
  const old = readManifest(await readFile(path.join(root, files.manifest), 'utf8'), files.manifest);
  const { csv, manifest: changed } = change(await readFile(path.join(root, files.rows), 'utf8'), old);
  const result = { columns: changed.columns, metrics: changed.metrics, rows: { ...changed.rows, sha256: digestBytes(csv), bytes: Buffer.byteLength(csv) } };
  const inputs = digestJson(changed.inputs);
  const manifest: Manifest = { ...changed, ...result, inputs_digest: inputs, data: dataDigest(result) };
  await write(root, { [files.rows]: csv, [files.manifest]: writeManifest(manifest) });
  const entries = await readEntries(root);
  for (const entry of entries) {
    for (const run of entry.runs) if (run.report === name.report && run.as_of === name.asOf) Object.assign(run, { data: manifest.data, inputs });
    for (const kept of entry.kept) if (kept.report === name.report && kept.as_of === name.asOf) Object.assign(kept, { rows: result.rows.sha256, manifest: digestJson(manifest), data: manifest.data });
  }
  await writeChain(root, entries);
  await git(root, 'add', '-A');
  const tree = await git(root, 'write-tree');
  // As a forced push can leave it: one commit more on the definitions, none of the snapshots' history.
  const first = (await git(root, 'rev-list', '--max-parents=0', 'HEAD')).split('\n')[0]!;
  await git(root, 'reset', '-q', '--soft', await git(root, 'commit-tree', '-p', first, '-m', 'All', tree));
}

const GOOD: SnapshotName = { report: 'team/good', asOf: '2026-01-06', version: 1 };

test('kept results come out again, also from a clone, a bundle, and after the data has changed', async (t) => {
  const root = await instance(t);
  const told = await rebuild(root);
  assert.deepEqual([told.code, told.status, told.detail], [0, 'sound', '6 of 6 snapshots: 6 came out again.']);
  assert.equal((await rebuild(root, [])).detail, 'Ask for it with --rebuild.');

  await write(root, { 'data/orders.csv': `${BASE['data/orders.csv'] as string}2026-01-08,north,1\n` });
  await commit(root, 'More');
  await refresh(root, ['--as-of', '2026-01-08', 'good']);
  const later = await rebuild(root);
  assert.deepEqual([later.code, later.status, later.detail], [0, 'sound', '7 of 7 snapshots: 7 came out again.']);
  assert.equal(await git(root, 'status', '--porcelain'), '', 'the repository is as it was');

  const bundle = path.join(path.dirname(root), 'all.bundle');
  await git(root, 'bundle', 'create', '-q', bundle, 'HEAD', 'main');
  assert.deepEqual((await rebuild('/', ['--rebuild', 'all'], bundle)).detail, '7 of 7 snapshots: 7 came out again.');
});

test('a sample is the same for the same seed', async (t) => {
  const root = await instance(t);
  const [one, again, other] = [await rebuild(root, ['--rebuild', '2', '--seed', 'x']), await rebuild(root, ['--rebuild', '2', '--seed', 'x']), await rebuild(root, ['--rebuild'])];
  assert.equal(one.detail, '2 of 6 snapshots, chosen by the seed x: 2 came out again.');
  assert.equal(again.detail, one.detail);
  assert.equal(other.detail, '6 of 6 snapshots: 6 came out again.');
  assert.equal((await daybook(root, ['verify', '--rebuild', 'some'])).code, 3);
});

test('a number that was forged with the whole chain is found, and nothing else finds it', async (t) => {
  const root = await instance(t);
  await forge(root, GOOD, (csv, manifest) => ({ csv: csv.replace('2026-01-06,north,131', '2026-01-06,north,931'), manifest }));
  assert.equal((await rebuild(root, [])).code, 0, 'all else fits');
  const told = await rebuild(root);
  assert.deepEqual([told.code, told.status], [1, 'tampered']);
  assert.deepEqual(told.findings.map(({ message, file, sequence }) => [message, file, sequence]), [
    ['team/good@2026-01-06.v1: row 3 was kept as (2026-01-06, north, 931) and is now (2026-01-06, north, 131)', 'snapshots/2026/01/06/v1/team/good.csv', 1],
  ]);
});

test('a forged metric over true rows is found; the rounding of a double is none', async (t) => {
  const root = await instance(t);
  const metric = (value: string) => (csv: string, manifest: Manifest): { csv: string; manifest: Manifest } => ({ csv, manifest: { ...manifest, metrics: manifest.metrics.map((one) => ({ ...one, value })) } });
  const ratio = { ...GOOD, report: 'team/ratio' };
  await forge(root, ratio, metric('136.00000000000003'));
  assert.match((await rebuild(root)).detail, /5 came out again, 1 came out again to within the rounding of doubles\.$/);
  await forge(root, ratio, metric('137'));
  const told = await rebuild(root);
  assert.deepEqual([told.code, told.findings[0]?.message], [1, 'team/ratio@2026-01-06.v1: the metric third was kept as 137 and is now 136']);
});

test('another version of the engine: equal rows are equal, others cannot be judged', async (t) => {
  const root = await instance(t);
  const by = (manifest: Manifest): Manifest => ({ ...manifest, inputs: { ...manifest.inputs, engine: { ...manifest.inputs.engine, version: '1.4.0' } } });
  await forge(root, GOOD, (csv, manifest) => ({ csv, manifest: by(manifest) }));
  assert.deepEqual((({ code, status }) => [code, status])(await rebuild(root)), [0, 'sound']);
  await forge(root, GOOD, (csv, manifest) => ({ csv: csv.replace('131', '132'), manifest: by(manifest) }));
  const told = await rebuild(root);
  assert.deepEqual([told.code, told.status], [2, 'cannot-tell']);
  assert.match(told.findings[0]!.message, /row 3 was kept as .*; it was made by duckdb 1\.4\.0, and this is duckdb \d/);
});

test('what is out of reach is said, and is no tampering', async (t) => {
  const root = await newInstance(t, { '.gitignore': '.daybook/\ndist/\ndata/\n' });
  await refresh(root, ['--as-of', '2026-01-06', 'good']);
  assert.equal((await rebuild(root)).detail, '1 of 1 snapshots: 1 came out again.', 'the file is in the folder');
  await rm(path.join(root, 'data'), { recursive: true });
  const told = await rebuild(root);
  assert.deepEqual([told.code, told.status], [0, 'not-checked']);
  assert.match(told.detail, /1 rest on inputs that are out of reach\. Such as team\/good@2026-01-06\.v1: data\/orders\.csv \(\d+ bytes, sha256:[0-9a-f]{64}\) is neither in the folder nor in Git’s history\.$/);

  // A run of a definition whose commit is gone from the branch.
  await write(root, { 'data/orders.csv': BASE['data/orders.csv']!, ...report('good', 'select day, region, orders + 1 as orders from orders where day <= $as_of', 'as_of: { column: day }\nkey: [day, region]\n') });
  await git(root, 'commit', '-qam', 'Another query');
  await refresh(root, ['--as-of', '2026-01-07', 'good'], { now: NOW });
  await git(root, 'rebase', '-q', '--onto', 'HEAD~2', 'HEAD~1');
  const clone = path.join(root, '../clone');
  await git(root, 'clone', '-q', `file://${root}`, clone);
  await write(clone, { 'data/orders.csv': BASE['data/orders.csv']! });
  const gone = await rebuild(clone);
  assert.deepEqual([gone.code, gone.status], [0, 'warning']);
  assert.match(gone.findings[0]!.message, /does not have the definition that its manifest names/);
});

test('rows with personal data are made again where their store is at hand', async (t) => {
  const root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml'] as string}personal_store: ../store\n`,
    ...report('good', 'select day, region, orders from orders where day <= $as_of', 'as_of: { column: day }\nkey: [day, region]\ncolumns: { region: { personal: true } }\n'),
  });
  await mkdir(path.join(root, '../store'));
  assert.deepEqual((await refresh(root, ['--as-of', '2026-01-06', 'good'])).failed, []);
  const without = await rebuild(root);
  assert.deepEqual([without.code, without.status, without.detail], [0, 'not-checked', '1 of 1 snapshots: 1 hold rows that are not at hand.']);
  assert.deepEqual((await rebuild(root, ['--rebuild', 'all', '--personal-store', '../store'])).detail, '1 of 1 snapshots: 1 came out again.');
});
