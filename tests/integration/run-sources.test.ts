import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DaybookError } from '../../src/error.ts';
import { openFingerprints } from '../../src/run/fingerprint.ts';
import { lateness } from '../../src/run/freshness.ts';
import { openRunner } from '../../src/run/runner.ts';
import { csvOf, failureOf, instanceOf, openBench, reportOf, resultOf, SALES, sourceOf, type Bench } from './run-fixture.ts';

async function parquet(sql: string, file: string): Promise<void> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${file}'`);
  connection.closeSync();
  instance.closeSync();
}

const COUNT = 'SELECT count(*) AS n FROM s';

test('CSV, JSON, newline-delimited JSON and Parquet are read, one file or several', async (t) => {
  const bench = await openBench(t, {
    files: { 'd/a.csv': 'k,v\n1,x\n2,y\n', 'd/b.csv': 'v,k,extra\nz,3,7\n', 'd/a.json': '[{"k":1,"v":{"w":[1,2]}},{"k":2,"v":null}]', 'd/a.ndjson': '{"k":1}\n{"k":2}\n', 'd/semi.csv': 'a;b\n1,5;30.06.2001\nNULL;01.07.2001\n' },
    sources: { csv: { files: 'd/[ab].csv' }, json: { files: 'd/a.json' }, lines: { files: ['d/a.ndjson'] }, parquet: { files: 'd/*.parquet' }, points: { files: 'd/semi.csv', csv: { delimiter: ';', decimal: ',', dates: '%d.%m.%Y', null: ['NULL'] } } },
  });
  await parquet("SELECT 1 AS k, DATE '2001-06-30' AS day", path.join(bench.root, 'd/one.parquet'));
  assert.equal(csvOf(await bench.run('FROM csv', { sources: ['csv'], key: ['k'] })), 'k,v,extra\n1,x,\n2,y,\n3,z,7\n');
  assert.equal(csvOf(await bench.run('SELECT k, v FROM json', { sources: ['json'] })), 'k,v\n1,"{""w"":[1,2]}"\n2,\n');
  assert.equal(csvOf(await bench.run('FROM lines', { sources: ['lines'] })), 'k\n1\n2\n');
  assert.equal(csvOf(await bench.run('FROM parquet', { sources: ['parquet'] })), 'k,day\n1,2001-06-30\n');
  const semi = resultOf(await bench.run('FROM points', { sources: ['points'] }));
  assert.deepEqual([semi.csv.toString(), semi.result.columns], ['a,b\n,2001-07-01\n1.5,2001-06-30\n', [{ name: 'a', type: 'DOUBLE' }, { name: 'b', type: 'DATE' }]]);
});

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';

test('a pointer of Git LFS is no data, whatever its name; data that speaks of one is', async (t) => {
  const bench = await openBench(t, { files: { 'd/a.csv': 'k\n1\n', 'd/b.csv': POINTER, 'd/c.parquet': POINTER, 'd/d.csv': `k\n${POINTER}` }, sources: { both: { files: 'd/[ab].csv' }, parquet: { files: 'd/c.parquet' }, quoted: { files: 'd/d.csv' } } });
  for (const [source, name] of [['both', 'd/b.csv'], ['parquet', 'd/c.parquet']] as const) {
    const { code, message, file, key, hint } = failureOf(await bench.run(`FROM "${source}"`, { sources: [source] }));
    assert.deepEqual([code, message, file, key], ['source-pointer', `"${name}" is a pointer of Git LFS, and not the data that it stands for`, `queries/sources/${source}.yml`, 'files']);
    assert.match(hint, /git lfs pull.*lfs: true/);
  }
  assert.equal(csvOf(await bench.run('SELECT count(*) AS n FROM quoted', { sources: ['quoted'] })), 'n\n3\n');
});

test('declared types hold, and keep the text of what looks like a number', async (t) => {
  const { run } = await openBench(t, { files: { 'd/a.csv': 'zip,day\n00501,2001-06-30\n', 'd/a.json': '[{"zip":501,"day":"2001-06-30"}]' }, sources: { s: { files: 'd/a.csv', columns: { zip: 'VARCHAR', day: 'TIMESTAMP' } }, j: { files: 'd/a.json', columns: { zip: 'VARCHAR', day: 'DATE' } } } });
  assert.equal(csvOf(await run('FROM s', { sources: ['s'] })), 'zip,day\n00501,2001-06-30T00:00:00Z\n');
  assert.deepEqual(resultOf(await run('FROM j', { sources: ['j'] })).result.columns.map(({ type }) => type), ['VARCHAR', 'DATE']);
});

const BROKEN: [name: string, content: string, source: Record<string, unknown>, code: string, message: RegExp, line: number | undefined][] = [
  ['few.csv', 'a,b,c\n1,2,3\n4,5\n6,7,8\n', {}, 'source-broken', /Columns: 3 Found: 2: "4,5"/, 3],
  ['many.csv', 'a,b,c\n1,2,3\n4,5,6,7\n', {}, 'source-broken', /Found: 4: "4,5,6,7"/, 3],
  ['late.csv', `a,b\n${'1,2\n'.repeat(30_000)}3\n`, {}, 'source-broken', /Found: 1: "3"/, 30_002],
  ['quote.csv', 'a,b\n1,"x\n2,y\n', {}, 'source-broken', /quote/i, 2],
  ['semi.csv', 'a;b\n1;2,5\n', {}, 'source-broken', /Columns: 1 Found: 2/, 2],
  ['text.csv', 'a,b\n1,x\nlots,y\n', { columns: { a: 'BIGINT' } }, 'source-broken', /lots/, 3],
  ['absent.csv', 'amount\n1\n', { columns: { amuont: 'BIGINT' } }, 'source-broken', /no column.*amuont/, undefined],
  ['absent.json', '[{"amount":1}]', { columns: { amuont: 'BIGINT' } }, 'source-broken', /no column "amuont"; did you mean "amount"/, undefined],
  ['typed.json', '[{"a":"x"}]', { columns: { a: 'BIGINT' } }, 'source-broken', /'x'/, undefined],
  ['type.json', '[{"a":"x"}]', { columns: { a: "BIGINT) AS a, (SELECT 1" } }, 'wrong-value', /not a type/, undefined],
  ['empty.csv', '', {}, 'source-empty', /no rows/, undefined],
  ['header.csv', 'a,b\n', {}, 'source-empty', /no rows/, undefined],
  ['empty.json', '[]', {}, 'source-empty', /no rows/, undefined],
  ['half.json', '[{"a":1},{"a"', {}, 'source-broken', /Malformed JSON/, undefined],
  ['half.ndjson', '{"a":1}\n{"a":\n', {}, 'source-broken', /Malformed JSON/, 3],
  ['none.parquet', 'PAR1 but not really', {}, 'source-broken', /none\.parquet/, undefined],
  ['cluster.csv', 'day\n1\n', { cluster_by: ['dya'] }, 'source-broken', /no column "dya"; did you mean "day"/, undefined],
  ['fresh.csv', 'day\n1\n', { freshness: { column: 'day', within: '1 day' } }, 'wrong-value', /is BIGINT, not a date/, undefined],
  ['name.dat', 'x', {}, 'wrong-value', /names no format/, undefined],
];

test('a broken source names file, line and what is wrong, without paths of the machine', async (t) => {
  const files = Object.fromEntries(BROKEN.map(([name, content]) => [`d/${name}`, content]));
  const sources = Object.fromEntries(BROKEN.map(([name, , source]) => [name.replace('.', '-'), { files: `d/${name}`, ...source }]));
  const { run, root } = await openBench(t, { files, sources, parallel: 2 });
  for (const [name, , , code, message, line] of BROKEN) {
    const source = name.replace('.', '-');
    const failure = failureOf(await run('SELECT 1 AS n', { sources: [source] }));
    assert.equal(failure.code, code, `${name}: ${failure.message}`);
    assert.match(failure.message, message, name);
    assert.equal(failure.line, line, `${name}: ${failure.message}`);
    assert.ok([`d/${name}`, `queries/sources/${source}.yml`].includes(failure.file!), `${name}: ${failure.file}`);
    assert.ok(!failure.message.includes(root), failure.message);
  }
});

test('a Parquet file cut in half is named, and the others are read', async (t) => {
  const { root, run } = await openBench(t, { files: { 'd/x.csv': 'a\n1\n' }, sources: { s: { files: 'd/x.csv' }, cut: { files: 'd/cut.parquet' } } });
  await parquet('SELECT i FROM range(10000) t(i)', path.join(root, 'd/whole.parquet'));
  const whole = await readFile(path.join(root, 'd/whole.parquet'));
  await writeFile(path.join(root, 'd/cut.parquet'), whole.subarray(0, whole.length / 2));
  const failure = failureOf(await run('FROM cut', { sources: ['cut'] }));
  assert.deepEqual([failure.code, failure.file], ['source-broken', 'd/cut.parquet']);
  assert.equal(csvOf(await run(COUNT, { sources: ['s'] })), 'n\n1\n');
});

test('files outside of the source roots are refused, links followed', async (t) => {
  const bench = await openBench(t, {
    files: { 'data/a.csv': 'a\n1\n', 'other/b.csv': 'a\n2\n', 'data/[odd] *?.csv': 'a\n3\n' }, roots: ['data'],
    sources: {
      missing: { files: 'data/*.parquet' }, absolute: { files: '/etc/passwd' }, up: { files: '../x.csv' }, other: { files: 'other/b.csv' }, link: { files: 'data/link.csv' }, out: { files: 'data/out.csv' }, git: { files: 'data/.git/c.csv' },
      folder: { files: 'data/folder.csv' }, loop: { files: 'data/loop.csv' }, odd: { files: 'data/[odd] *?.csv' },
    },
  });
  const data = path.join(bench.root, 'data');
  await symlink('../other/b.csv', path.join(data, 'link.csv'));
  await symlink('/etc/passwd', path.join(data, 'out.csv'));
  await symlink('loop.csv', path.join(data, 'loop.csv'));
  await mkdir(path.join(data, 'folder.csv'));
  await mkdir(path.join(data, '.git'));
  await writeFile(path.join(data, '.git/c.csv'), 'a\n1\n');
  const codes: Record<string, string> = { missing: 'file-missing', absolute: 'file-outside', up: 'file-outside', other: 'file-outside', link: 'file-outside', out: 'file-outside', git: 'file-outside', folder: 'file-missing', loop: 'file-unreadable' };
  for (const [name, code] of Object.entries(codes)) {
    const failure = failureOf(await bench.run(COUNT, { sources: [name] }));
    assert.equal(failure.code, code, `${name}: ${failure.message}`);
    assert.deepEqual([failure.file, failure.key], [`queries/sources/${name}.yml`, 'files']);
  }
  const said = async (name: string): Promise<string> => failureOf(await bench.run(COUNT, { sources: [name] })).message;
  assert.equal(await said('link'), '"data/link.csv" is a link to "other/b.csv", which does not lie below "data"');
  assert.equal(await said('out'), '"data/out.csv" is a link that leads out of the instance’s folder');
  assert.equal(await said('other'), '"other/b.csv" does not lie below "data"');
  assert.equal(csvOf(await bench.run('FROM odd', { sources: ['odd'] })), 'a\n3\n');
});

test('an import keeps the order of files and rows under its clustering', async (t) => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i % 3},${i}`).join('\n');
  const { run } = await openBench(t, { files: { 'd/a.csv': `k,i\n${lines}\n` }, sources: { s: { files: 'd/a.csv', cluster_by: ['k'] } }, parallel: 2 });
  const csv = csvOf(await run('SELECT count(*) FILTER (i < before) AS n FROM (SELECT i, lag(i) OVER () AS before, k = lag(k) OVER () AS same FROM s) WHERE same'));
  assert.equal(csv, 'n\n0\n');
});

test('an unchanged file is not read again, a changed one is, and a broken cache is no cache', async (t) => {
  const { root } = await openBench(t);
  const file = path.join(root, 'data/sales.csv');
  const cache = path.join(root, '.daybook/cache/fingerprints.json');
  // Long ago, so that its time cannot be that of the cache.
  await utimes(file, 1, 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const first = await openFingerprints(cache);
  const known = await first.of(file);
  assert.deepEqual([known.bytes, first.bytesRead], [SALES.length, SALES.length]);
  await first.save();
  const second = await openFingerprints(cache);
  assert.deepEqual([await second.of(file), second.bytesRead], [known, 0]);
  await writeFile(file, SALES.replace('Oslo', 'Bonn'));
  await utimes(file, 1, 1);
  const third = await openFingerprints(cache);
  assert.notEqual((await third.of(file)).sha256, known.sha256);
  assert.equal(third.bytesRead, SALES.length);
  await writeFile(cache, '{"x": ');
  const fourth = await openFingerprints(cache);
  assert.equal((await fourth.of(file)).bytes, SALES.length);
});

test('the same bytes under a name that is read otherwise are imported again', async (t) => {
  const text = 'a,b\n1\t2,3\n';
  const { root, cache } = await openBench(t, { files: { 'data/s.csv': text, 'data/s.tsv': text, 'data/s.csv.gz': text }, sources: {} });
  const read = async (files: string) => {
    const runner = openRunner({ root, cache, instance: instanceOf(), sources: new Map([['s', sourceOf('s', { files })]]), macros: [], parallel: 1 });
    const outcome = await runner.run(reportOf('SELECT * FROM s', { sources: ['s'] }), '2001-06-30', new Date('2001-07-01T06:00:00Z'));
    await runner.close();
    return outcome;
  };
  assert.equal(csvOf(await read('data/s.csv')), 'a,b\n1\t2,3\n');
  for (const other of ['data/s.tsv', 'data/s.csv.gz']) assert.equal(failureOf(await read(other)).code, 'source-broken', other);
});

test('inputs change with the data and its reading, and with nothing else', async (t) => {
  const { root, cache } = await openBench(t);
  const inputs = async (source: Record<string, unknown> = {}, report: Record<string, unknown> = {}) => {
    const runner = openRunner({ root, cache, instance: instanceOf(), sources: new Map([['sales', sourceOf('sales', { files: 'data/sales.csv', ...source })]]), macros: [], parallel: 1 });
    const found = await runner.inputsOf(reportOf('FROM sales', { sources: ['sales'], ...report }), '2001-06-30');
    await runner.close();
    return found;
  };
  const before = await inputs();
  assert.deepEqual(before.sources[0]!.files[0]!.path, 'data/sales.csv');
  assert.deepEqual(await inputs({ description: 'Other words' }, { title: 'Another', charts: [], sort: ['-day'], dimensions: { city: {} }, limits: { seconds: 1 } }), before);
  assert.notDeepEqual((await inputs({ columns: { day: 'VARCHAR' } })).sources, before.sources);
  assert.notEqual((await inputs({}, { key: ['day', 'city'] })).definition, before.definition);
  await rename(path.join(root, 'data/sales.csv'), path.join(root, 'data/old.csv'));
  await writeFile(path.join(root, 'data/sales.csv'), SALES.replace('1.5', '1.6'));
  assert.notEqual((await inputs()).sources[0]!.files[0]!.sha256, before.sources[0]!.files[0]!.sha256);
});

test('two importers at once both end, and old imports go', async (t) => {
  const first = await openBench(t, { files: { 'd/a.csv': 'a\n1\n' }, sources: { s: { files: 'd/a.csv' } } });
  const again = (): Bench['runner'] => openRunner({ root: first.root, cache: first.cache, instance: instanceOf(), sources: new Map([['s', sourceOf('s', { files: 'd/a.csv' })]]), macros: [], parallel: 1 });
  const runners = [again(), again()];
  assert.deepEqual((await Promise.all(runners.map((runner) => runner.describeSource('s')))).map(({ rows }) => rows), [1, 1]);
  for (const rows of [2, 3, 4]) {
    await writeFile(path.join(first.root, 'd/a.csv'), `a\n${'1\n'.repeat(rows)}`);
    const runner = again();
    runners.push(runner);
    assert.equal((await runner.describeSource('s')).rows, rows);
  }
  for (const runner of runners) await runner.close();
  const left = await readdir(path.join(first.cache, 'sources'));
  assert.deepEqual(left.map((name) => name.replace(/[0-9a-f]{16}/, 'x')).sort(), ['s-x.duckdb', 's-x.duckdb', 's-x.json', 's-x.json']);
});

test('a small file that stands for more rows than an import may have disk for is told so, and leaves nothing behind', async (t) => {
  const { root, cache, runner, run } = await openBench(t, { files: { 'data/sales.csv': SALES }, sources: { bomb: { files: 'data/bomb.parquet' }, packed: { files: 'data/packed.csv.gz', cluster_by: ['v'] }, sales: { files: 'data/sales.csv' } }, limits: { disk_mb: 64 } });
  await parquet("SELECT repeat('x', 100000) AS v FROM range(4000)", path.join(root, 'data/bomb.parquet'));
  await writeFile(path.join(root, 'data/packed.csv.gz'), gzipSync(Array.from({ length: 1_500 }, (_, row) => (row === 0 ? 'v' : `${row}${'x'.repeat(100_000)}`)).join('\n')));
  for (const [source, file] of [['bomb', 'bomb.parquet'], ['packed', 'packed.csv.gz']] as const) {
    assert.ok((await stat(path.join(root, 'data', file))).size < 300_000, file);
    const failure = failureOf(await run(`SELECT count(*) AS n FROM ${source}`, { sources: [source] }));
    assert.deepEqual([failure.code, failure.file], ['source-too-large', `queries/sources/${source}.yml`]);
    assert.match(failure.message, /more than 64 MB of disk/);
    assert.match(failure.hint, /limits\.disk_mb/);
  }
  assert.deepEqual(await readdir(path.join(cache, 'sources')), []);
  assert.equal((await runner.describeSource('sales')).rows, 4);
});

test('freshness is judged by the slot, or by the day on which the data ended', () => {
  const slot = new Date('2001-06-30T06:00:00Z');
  const fresh = (within: string, archive?: string) => ({ freshness: { column: 'day', within, level: 'warn' as const }, archive });
  assert.equal(lateness({}, null, slot), null);
  assert.equal(lateness(fresh('36 hours'), '2001-06-29', slot), null);
  assert.equal(lateness(fresh('36 hours', '2001-06-30'), '2001-06-27', slot), 'newest row is 2001-06-27, 3 days before 2001-06-30; allowed: 36 hours');
  assert.equal(lateness(fresh('90 minutes'), '2001-06-30T04:00:00Z', slot), 'newest row is 2001-06-30T04:00:00Z, 2 hours before 2001-06-30 06:00 UTC; allowed: 90 minutes');
  assert.equal(lateness(fresh('1 day'), null, slot), 'no row has a value in "day"');
  assert.equal(lateness(fresh('1 hour'), '2030-01-01', slot), null);
});

test('a late source fails the run or warns, as it says', async (t) => {
  const late = { files: 'data/sales.csv', freshness: { column: 'day', within: '1 day' } };
  const { run } = await openBench(t, { sources: { warned: late, failing: { ...late, freshness: { ...late.freshness, level: 'error' } } } });
  const slot = new Date('2001-07-09T06:00:00Z');
  assert.match(resultOf(await run('SELECT 1 AS n', { sources: ['warned'] }, '2001-07-09', slot)).warnings[0]!, /^warned: newest row is 2001-06-30, 8 days before/);
  const failure = failureOf(await run('SELECT 1 AS n', { sources: ['failing'] }, '2001-07-09', slot));
  assert.deepEqual([failure.code, failure.key], ['source-late', 'freshness']);
});

test('a source that is not declared is named', async (t) => {
  const { runner } = await openBench(t);
  await assert.rejects(runner.inputsOf(reportOf('SELECT 1', { sources: ['nowhere'] }), '2001-06-30'), (error: DaybookError) => error.code === 'source-unknown' && /nowhere/.test(error.message));
});
