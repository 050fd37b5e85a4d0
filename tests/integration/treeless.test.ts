import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeFacts } from '../../scripts/site/facts.ts';
import { bringWhatPagesNeed } from '../../scripts/instance/sparse.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { BASE, commit, daybook, git, newInstance, quietWorld, refresh, report, temporaryFolder, tree, write } from './instance.ts';

/** An origin with some days of snapshots, from which parts can be fetched, as from any Git host. */
async function originOf(t: TestContext): Promise<{ root: string; folder: string; origin: string; clone: (...words: string[]) => Promise<string> }> {
  const root = await newInstance(t, report('regions', 'select region, sum(orders) as orders from orders where day <= $as_of group by region', 'as_of: scheduled\nkey: [region]\n'));
  for (const day of ['05', '06', '07']) assert.equal((await refresh(root, ['good', 'regions', '--as-of', `2026-01-${day}`])).code, 0);
  const folder = await temporaryFolder(t);
  const origin = path.join(folder, 'origin.git');
  await git(folder, 'clone', '-q', '--bare', root, origin);
  await git(origin, 'config', 'uploadpack.allowFilter', 'true');
  await git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  let made = 0;
  const clone = async (...words: string[]): Promise<string> => {
    const place = path.join(folder, `clone-${(made += 1)}`);
    await git(folder, 'clone', '-q', '--no-checkout', ...words, `file://${origin}`, place);
    await git(place, 'sparse-checkout', 'set', '--no-cone', '/*', '!/snapshots/');
    await git(place, 'checkout', '-q', 'main');
    return place;
  };
  return { root, folder, origin, clone };
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

/** What is here of the branch: kinds of objects, without asking the origin. */
async function objectsHere(root: string): Promise<{ [type: string]: number }> {
  const types = (await git(root, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype)')).split('\n');
  return Object.fromEntries(['commit', 'tree', 'blob'].map((type) => [type, types.filter((one) => one === type).length]));
}

const DAY_8 = { 'data/orders.csv': `${BASE['data/orders.csv'] as string}2026-01-08,north,1\n` };

test('the job lands from a shallow clone without trees and a checkout without snapshots', async (t) => {
  const { folder, origin, clone } = await originOf(t);
  const root = await clone('--depth=1', '--filter=tree:0');
  assert.equal(await isThere(path.join(root, 'snapshots')), false);
  await write(root, DAY_8);
  await commit(root, 'Data');
  await git(root, 'push', '-q', 'origin', 'main');

  const trace = path.join(folder, 'trace');
  const landed = await refresh(root, ['--push'], { now: '2026-01-09T07:00:00Z', env: { GIT_TRACE2_EVENT: trace } });
  assert.deepEqual([landed.code, landed.kept, landed.err], [0, ['team/good@2026-01-08.v1', 'team/regions@2026-01-09.v1'], '']);
  assert.equal(await git(origin, 'rev-parse', 'main'), landed.commits[0]);
  assert.equal(await git(root, 'rev-parse', 'main'), landed.commits[0]);
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.equal(await isThere(path.join(root, 'snapshots')), false, 'what is kept is not checked out either');

  const requests = (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes('"event":"start"') && line.includes('"fetch"'));
  assert.ok(requests.length <= 5, requests.join('\n'));
  assert.equal((await objectsHere(root))['commit'], 3, 'two that were made here, on one that was cloned');
  assert.match((await daybook(path.dirname(root), ['verify', origin, '--unanchored'])).out, /SOUND/);
});

test('what the job compares a result with comes out of Git: another type by the same query is refused', async (t) => {
  const { clone } = await originOf(t);
  const root = await clone('--depth=1', '--filter=tree:0');
  await write(root, { 'data/orders.csv': DAY_8['data/orders.csv'], 'queries/sources/orders.yml': 'files: data/orders.csv\ncolumns: { day: DATE, orders: DOUBLE }\n' });
  await commit(root, 'Another type');
  await git(root, 'push', '-q', 'origin', 'main');
  const refused = await refresh(root, ['--push'], { now: '2026-01-09T07:00:00Z' });
  assert.deepEqual([refused.code, refused.failed.map(({ code }) => code)], [1, ['result-type-changed', 'result-type-changed']]);
});

test('two treeless clones race: both land, in some order', async (t) => {
  const { origin, clone } = await originOf(t);
  const [one, two] = [await clone('--depth=1', '--filter=tree:0'), await clone('--depth=1', '--filter=tree:0')];
  const first = await refresh(one, ['good', '--as-of', '2026-01-04', '--push']);
  const second = await refresh(two, ['good', '--as-of', '2026-01-06', '--push'], { now: '2026-01-08T08:00:00Z' });
  assert.equal(first.code, 1, 'there is no data of that day');
  assert.equal(second.code, 0);
  assert.equal(await git(two, 'status', '--porcelain'), '');
  const entered = (await git(origin, 'ls-tree', '-r', '--name-only', 'main', 'snapshots/ledger/')).split('\n');
  assert.equal(entered.length - 1, 4, 'a look-up that was asked for makes no entry, a failure does');
});

test('a site is made of a clone without blobs and a checkout without snapshots: the same pages, few requests, no old rows', async (t) => {
  const { root: whole, folder, clone } = await originOf(t);
  const root = await clone('--filter=blob:none');
  const said: string[] = [];
  const world = { ...quietWorld(root, { env: { GIT_TRACE2_EVENT: path.join(folder, 'trace') } }), err: (line: string) => void said.push(line) };
  await bringWhatPagesNeed(world);
  const [facts, same] = [await writeFacts(world, loadDefinitions(root)), await writeFacts(quietWorld(whole), loadDefinitions(whole))];
  const untold = (site: object): object => JSON.parse(JSON.stringify(site, (key, value: unknown) => (key === 'beside' ? undefined : value))) as object;
  assert.deepEqual(untold(facts.site), untold(same.site));

  const there = [...(await tree(path.join(root, 'snapshots'))).keys()];
  assert.deepEqual(there.filter((file) => file.endsWith('.csv')), ['2026/01/07/v1/team/good.csv', '2026/01/07/v1/team/regions.csv']);
  assert.equal(there.filter((file) => /\/v1\/.*\.json$/.test(file)).length, 6);
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.match(said.join(), /^12 files of snapshots\/ were brought/);
  const requests = (await readFile(path.join(folder, 'trace'), 'utf8')).split('\n').filter((line) => line.includes('"event":"start"') && line.includes('"fetch"'));
  assert.ok(requests.length <= 8, String(requests.length));

  said.length = 0;
  await bringWhatPagesNeed(world);
  assert.deepEqual(said, [], 'what is there is not brought again');
});
