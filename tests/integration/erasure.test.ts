import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { saltedDigest } from '../../src/snapshot/canonical.ts';
import { storeAt } from '../../src/store/personal.ts';
import { daybook, entries, git, newInstance, refresh, tree, write, BASE, type Files } from './instance.ts';

const STORE = '../store';
const NAMES = ['Ada Byron', 'Grace Murray', 'Mary Shelley'];

function people(names = NAMES, more = ''): Files {
  return {
    'daybook.yml': `${String(BASE['daybook.yml'])}personal_store: ${STORE}\n`,
    'data/people.csv': `day,name\n${names.map((name) => `2026-01-07,${name}\n`).join('')}`,
    'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { day: DATE }\n',
    'reports/team/people.yml': `title: People\nteam: team\nowner: t@example.org\ndescription: Who came.\nsources: [people]\nschedule: { cron: "0 6 * * *" }\nkey: [name]\ncolumns: { name: { personal: true } }\nmetrics: { people: { label: People, value: count_distinct(name) } }\n${more}`,
    'queries/team/people.sql': 'select name, day from people where day <= $as_of\n',
  };
}

/** An instance with a report of people, and its store beside. */
async function instance(t: TestContext, files: Files = people()): Promise<{ root: string; store: string }> {
  const root = await newInstance(t, files);
  const store = path.resolve(root, STORE);
  await mkdir(store);
  return { root, store };
}

async function filesIn(store: string): Promise<string[]> {
  return [...(await tree(store)).keys()];
}

/** Git's objects, all of them, and every file of the work tree but the source. */
async function everythingKept(root: string): Promise<string> {
  const objects = await git(root, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)');
  const blobs = objects.split('\n').filter((line) => line.endsWith(' blob')).map((line) => line.split(' ')[0]!);
  const source = await git(root, 'rev-parse', 'HEAD:data/people.csv');
  const texts = await Promise.all(blobs.filter((blob) => blob !== source).map((blob) => git(root, 'cat-file', 'blob', blob)));
  return [...texts, await git(root, 'log', '--format=%B')].join('\n');
}

const WORDS = ['--reason', 'request', '--ticket', 'DSR-118', '--approver', 'dpo'];

test('rows with personal data never are in Git: the store has them, salted, for the owner alone', async (t) => {
  const { root, store } = await instance(t);
  const done = await refresh(root, ['people']);
  assert.deepEqual([done.code, done.kept], [0, ['team/people@2026-01-08.v1']]);
  assert.equal(await git(root, 'ls-files', 'snapshots/2026/01/08'), 'snapshots/2026/01/08/v1/team/people.json');
  const kept = await everythingKept(root);
  for (const name of NAMES) assert.equal(kept.includes(name), false, name);
  assert.match(kept, /"name":"people","period":null,"type":"HUGEINT","value":"3"/);

  const [rows, salt] = await filesIn(store) as [string, string];
  assert.match(rows, /^2026\/01\/08\/team\/people\.[0-9a-f]{64}\.csv$/);
  assert.equal(salt, '2026/01/08/team/people.salt');
  for (const file of [rows, salt]) assert.equal((await stat(path.join(store, file))).mode & 0o777, 0o600, file);
  const contents = await tree(store);
  assert.match(contents.get(salt)!, /^[0-9a-f]{64}$/);
  assert.equal(saltedDigest(contents.get(salt)!, Buffer.from(contents.get(rows)!)), entries(root).at(-1)!.kept[0]!.rows);
  assert.equal((await daybook(root, ['show', 'people@2026-01-08', '--rows'])).out, `name,day\n${NAMES.map((name) => `${name},2026-01-07\n`).join('')}`);

  await write(root, { 'data/people.csv': `${String(people()['data/people.csv'])}\n`.replace('\n\n', '\n2027-01-01,Later\n') });
  assert.deepEqual((await refresh(root, ['people'])).kept, [], 'the same rows are known by the same salt');
  await write(root, { 'data/people.csv': 'day,name\n2026-01-07,Mary Shelley\n' });
  assert.deepEqual((await refresh(root, ['people'])).kept, ['team/people@2026-01-08.v2']);
  assert.deepEqual((await filesIn(store)).length, 3, 'one salt, two results');
  const compared = await daybook(root, ['compare', 'people@2026-01-08.v1', 'people@2026-01-08.v2']);
  assert.equal(compared.code, 1, compared.text);
});

test('an erasure is entered, then every version is destroyed, and all else goes on', async (t) => {
  const { root, store } = await instance(t);
  await refresh(root, ['people', 'good']);
  await write(root, { 'data/people.csv': 'day,name\n2026-01-07,Mary Shelley\n' });
  await refresh(root, ['people']);
  const erased = await daybook(root, ['erase', 'people@2026-01-08', ...WORDS, '--json']);
  assert.equal(erased.code, 0, erased.text);
  const { sequence, commit, ...told } = JSON.parse(erased.out) as { sequence: number; commit: string };
  assert.deepEqual(told, { report: 'team/people', as_of: '2026-01-08', versions: [1, 2], files: 3 });
  assert.equal(commit, await git(root, 'rev-parse', 'HEAD'));
  assert.deepEqual(entries(root).at(-1)!.erased, [{ report: 'team/people', as_of: '2026-01-08', versions: [1, 2], reason: 'request', ticket: 'DSR-118', approver: 'dpo' }]);
  assert.deepEqual(await filesIn(store), []);

  const rows = await daybook(root, ['show', 'people@2026-01-08.v1', '--rows']);
  assert.equal(rows.code, 2);
  assert.match(rows.err, /were erased on 2026-01-08 \(reason: request, ticket: DSR-118, ledger entry 3\)[^]*\[snapshot-erased\]/);
  assert.match((await daybook(root, ['show', 'people@2026-01-08.v1', '--json'])).out, /"value":"3"/, 'the manifest stays');
  const again = await daybook(root, ['erase', 'people@2026-01-08', ...WORDS]);
  assert.match(again.err, /were erased on 2026-01-08, in ledger entry 3[^]*\[erasure-refused\]/);
  const verified = await daybook(root, ['verify', '--unanchored', '--personal-store', store]);
  assert.equal(verified.code, 0, verified.text);
  const replayed = await daybook(root, ['verify', '--unanchored', '--replay', '--personal-store', store]);
  assert.match(replayed.out, /^ok {3}changes .* 1 of 3 records computed again from the rows; of 2, rows were erased\.$/m, 'nothing to ask about');
  assert.match(verified.out, /^ERASED team\/people@2026-01-08 v1, v2: rows destroyed 2026-01-08, ledger entry 3, reason request, ticket DSR-118, approver dpo$/m);
  assert.equal(sequence, 3);
});

test('what is retained, held by law or in Git is not erased', async (t) => {
  const { root, store } = await instance(t, people(NAMES, 'retain: 30 days\n'));
  await refresh(root, ['people', 'good']);
  const erase = async (word: string, now?: string) => daybook(root, ['erase', word, ...WORDS], now === undefined ? {} : { now });
  assert.match((await erase('people@2026-01-08')).err, /may be erased from 2026-02-07 on[^]*\[erasure-refused\]/);
  assert.match((await erase('good@2026-01-07')).err, /are in Git’s history[^]*\[erasure-refused\]/);
  assert.match((await erase('people@2026-01-08.v1')).err, /without a version[^]*\[wrong-use\]/);
  await write(root, people(NAMES, 'retain: 30 days\nlegal_hold: true\n'));
  // What counts is the commit that the entry will stand on, not what somebody has open in an editor.
  await git(root, 'commit', '-qam', 'Hold');
  await write(root, people());
  assert.match((await erase('people@2026-01-08', '2026-02-07T00:00:00Z')).err, /is under a legal hold, in commit [0-9a-f]{12}[^]*\[erasure-refused\]/);
  assert.equal((await filesIn(store)).length, 2);
  await git(root, 'commit', '-qam', 'End the hold');
  assert.equal((await erase('people@2026-01-08', '2026-02-07T00:00:00Z')).code, 0);
  for (const words of [
    ['--reason', 'because', ...WORDS.slice(2)], [...WORDS.slice(0, 2), '--ticket', 'Ada Byron', ...WORDS.slice(4)],
    [...WORDS.slice(0, 4), '--approver', ''], WORDS.slice(0, 4),
  ]) assert.equal((await daybook(root, ['erase', 'people@2026-01-08', ...words])).code, 3, words.join(' '));
});

test('a kill between the entry and the deletion is finished by the next command', async (t) => {
  const { root, store } = await instance(t);
  await refresh(root, ['people']);
  const before = await filesIn(store);
  await cp(store, `${store}.aside`, { recursive: true });
  await daybook(root, ['erase', 'people@2026-01-08', ...WORDS]);
  await rename(store, `${store}.empty`);
  await rename(`${store}.aside`, store);
  assert.deepEqual(await filesIn(store), before, 'entered, and not destroyed');
  const found = await daybook(root, ['verify', '--unanchored', '--personal-store', store]);
  assert.match(found.out, /look personal[^]*ledger entry 2 erased the rows of team\/people@2026-01-08.v1, and the store has them still/);
  const next = await refresh(root, ['good']);
  assert.match(next.err, /were still in the store: they are destroyed now/);
  assert.deepEqual(await filesIn(store), []);
});

test('rows that are not in the store are not entered as destroyed', async (t) => {
  const { root, store } = await instance(t);
  await refresh(root, ['people']);
  const head = await git(root, 'rev-parse', 'HEAD');
  await rename(store, `${store}.aside`);
  await mkdir(store);
  const refused = await daybook(root, ['erase', 'people@2026-01-08', ...WORDS]);
  assert.match(refused.err, /has neither rows nor salt of team\/people@2026-01-08\n[^]*\[personal-store\]/);
  assert.equal(await git(root, 'rev-parse', 'HEAD'), head);
});

test('a new result after an erasure has a salt of its own, which repair leaves alone', async (t) => {
  const { root, store } = await instance(t);
  await refresh(root, ['people']);
  const salt = await storeAt(store).knownSalt('team/people', '2026-01-08');
  await daybook(root, ['erase', 'people@2026-01-08', ...WORDS]);
  await write(root, { 'data/people.csv': 'day,name\n2026-01-07,Mary Shelley\n' });
  assert.deepEqual((await refresh(root, ['people'])).kept, ['team/people@2026-01-08.v2']);
  await refresh(root, ['good']);
  assert.notEqual(await storeAt(store).knownSalt('team/people', '2026-01-08'), salt);
  assert.equal((await daybook(root, ['show', 'people@2026-01-08', '--rows'])).out, 'name,day\nMary Shelley,2026-01-07\n');
  assert.equal((await daybook(root, ['verify', '--unanchored', '--personal-store', store])).code, 0);
  assert.equal((await daybook(root, ['erase', 'people@2026-01-08', ...WORDS])).code, 0);
  assert.deepEqual([entries(root).at(-1)!.erased![0]!.versions, await filesIn(store)], [[2], []]);
});

test('what fails, warns or is checked tells no value of such data to the ledger', async (t) => {
  const { root } = await instance(t, people([...NAMES, NAMES[0]!]));
  const define = async (files: Files): Promise<void> => {
    await write(root, files);
    await git(root, 'add', 'reports', 'queries');
    await git(root, 'commit', '-qm', 'Definitions', '--', 'reports', 'queries');
  };
  const twice = await refresh(root, ['people']);
  assert.deepEqual(twice.failed.map(({ code }) => code), ['key-duplicate']);
  assert.match(twice.failed[0]!.message, /may quote personal data and is left out/);
  await write(root, { ...people(), 'data/people.csv': `day,name\nAda Byron,2026-01-07\n` });
  assert.deepEqual((await refresh(root, ['people'])).failed.map(({ code }) => code), ['source-broken']);
  // Another report of the same source would quote it as well.
  await define({ 'reports/team/count.yml': 'title: Count\nteam: team\nowner: t@example.org\ndescription: How many.\nsources: [people]\nschedule: { cron: "0 6 * * *" }\n', 'queries/team/count.sql': 'select count(*) as n from people\n' });
  assert.deepEqual((await refresh(root, ['count'])).failed.map(({ code }) => code), ['source-broken']);
  await define(people(NAMES, 'checks: [{ column: name, in: [Nobody], level: warn }, { column: name, min: "B", level: warn }, { column: name, max: "B", level: warn }, { column: name, not_null: true }]\n'));
  assert.deepEqual((await refresh(root, ['people'])).kept, ['team/people@2026-01-08.v1']);
  await define(people(NAMES, 'checks: [{ column: name, in: [Nobody] }]\n'));
  assert.deepEqual((await refresh(root, ['people', '--as-of', '2026-01-07'])).failed.map(({ code }) => code), ['check-failed']);
  const kept = await everythingKept(root);
  for (const name of NAMES) assert.equal(kept.includes(name), false, name);
  assert.match(kept, /"actual":"3 others"/);
  assert.match(kept, /"actual":"1 beyond"/);
  assert.match(kept, /"actual":"2 beyond"/);
  const local = await daybook(root, ['run', 'people', '--as-of', '2026-01-07']);
  assert.match(local.text, /found 3 others/);
});

test('without a store the report fails, and the others land', async (t) => {
  const { root, store } = await instance(t);
  await rename(store, `${store}.gone`);
  const done = await refresh(root, ['people', 'good']);
  assert.deepEqual([done.code, done.kept, done.failed.map(({ code }) => code)], [1, ['team/good@2026-01-07.v1'], ['personal-store']]);
  assert.match(done.failed[0]!.message, /..\/store does not exist/);
  assert.equal(existsSync(path.join(root, 'snapshots/2026/01/08')), false);
});

test('a store that Git has, or would take in, is refused; an ignored one is taken', async (t) => {
  const root = await newInstance(t, people());
  const use = async (folder: string) => {
    await write(root, { 'daybook.yml': String(people()['daybook.yml']).replace(STORE, folder) });
    await git(root, 'commit', '-q', '--allow-empty', '-m', 'Store', '--', 'daybook.yml');
    return (await refresh(root, ['people'])).failed.map(({ message }) => message);
  };
  await mkdir(path.join(root, 'inside'));
  assert.match((await use('inside'))[0]!, /Git does not ignore it/);
  await write(root, { '.gitignore': '.daybook/\ninside/*.salt\n' });
  assert.match((await use('inside'))[0]!, /Git does not ignore it/, 'not all of it');
  await write(root, { '.gitignore': '.daybook/\n', 'inside/x.salt': 'x' });
  await git(root, 'add', 'inside');
  await write(root, { '.gitignore': '.daybook/\ninside/\n' });
  assert.match((await use('inside'))[0]!, /has files that Git tracks/);
  assert.match((await use('.git'))[0]!, /lies in a folder of Git/);
  for (const folder of ['dist/people', '.daybook/people', 'dist']) {
    await mkdir(path.join(root, folder), { recursive: true });
    assert.match((await use(folder))[0]!, /which is made anew, cached or published/, folder);
  }
  await git(root, 'clone', '-q', '.', '../other');
  assert.match((await use('../other'))[0]!, /has files that Git tracks|Git does not ignore it/, 'another repository has a history too');
  await git(root, 'rm', '-q', '--cached', '-r', 'inside');
  assert.deepEqual(await use('inside'), []);
  assert.equal((await readdir(path.join(root, 'inside'))).length, 2);
  await writeFile(path.join(root, 'inside/2026/01/08/team/people.salt'), 'short');
  assert.match((await use('inside')).join(), /^$|salt of team\/people@2026-01-08 is broken/);
});

test('definitions: personal columns need a store, and metrics of them only count', async (t) => {
  const root = await newInstance(t, { ...people(), 'daybook.yml': BASE['daybook.yml']! });
  assert.match((await daybook(root, ['validate'])).text, /column "name" is personal, and daybook.yml has no `personal_store`[^]*\[personal-store\]/);
  await write(root, { ...people(NAMES, 'dimensions: { day: { personal: true } }\n'), 'reports/team/people.yml': String(people()['reports/team/people.yml']).replace('count_distinct(name)', 'max(name) + count(name)') });
  assert.match((await daybook(root, ['validate'])).text, /max\(\) of "name", which is personal, would keep values of it for good/);
});

test('with --push the entry is on origin before anything is destroyed', async (t) => {
  const { root, store } = await instance(t);
  const bare = path.resolve(root, '../origin.git');
  await git(root, 'clone', '-q', '--bare', '.', bare);
  await git(root, 'remote', 'add', 'origin', bare);
  assert.equal((await refresh(root, ['people', '--push'])).code, 0);
  await rename(bare, `${bare}.away`);
  const alone = await daybook(root, ['erase', 'people@2026-01-08', ...WORDS, '--push']);
  assert.match(alone.err, /\[git-remote\]/);
  assert.equal((await filesIn(store)).length, 2, 'nothing is destroyed that is not entered');
  await rename(`${bare}.away`, bare);
  const other = path.resolve(root, '../other');
  await git(root, 'clone', '-q', bare, other);
  await write(other, people(NAMES, 'legal_hold: true\n'));
  await git(other, 'commit', '-qam', 'Hold');
  await git(other, 'push', '-q');
  const held = await daybook(root, ['erase', 'people@2026-01-08', ...WORDS, '--push']);
  assert.match(held.err, /is under a legal hold/, 'as origin has it by now');
  await git(other, 'revert', '--no-edit', 'HEAD');
  await git(other, 'push', '-q');
  assert.equal((await daybook(root, ['erase', 'people@2026-01-08', ...WORDS, '--push'])).code, 0);
  assert.deepEqual(await filesIn(store), []);
  assert.equal(await git(root, 'rev-parse', 'HEAD'), await git(bare, 'rev-parse', 'main'));
  assert.equal((await daybook(root, ['verify', '--unanchored', '--personal-store', store])).code, 0);
});

test('what the branch calls personal by now does not come into Git, whatever the definition that ran says', async (t) => {
  const { root: first, store } = await instance(t);
  const open = { 'reports/team/people.yml': String(people()['reports/team/people.yml']).replace('columns: { name: { personal: true } }\n', '') };
  const [bare, root] = ['origin.git', 'older'].map((name) => path.join(first, '..', name)) as [string, string];
  await write(first, open);
  await git(first, 'commit', '-qam', 'Names are for everybody');
  await git(first, 'clone', '-q', '--bare', '.', bare);
  await git(first, 'clone', '-q', bare, root);
  await git(first, 'revert', '--no-edit', 'HEAD');
  await git(first, 'push', '-q', bare, 'main');
  const done = await refresh(root, ['people', 'good', '--push']);
  assert.deepEqual([done.code, done.kept], [1, ['team/good@2026-01-07.v1']]);
  assert.match(done.failed[0]!.message, /its definition on the branch says that columns hold personal data/);
  assert.deepEqual([(await everythingKept(root)).includes(NAMES[0]!), await filesIn(store)], [false, []]);
  await write(root, open);
  assert.deepEqual((await refresh(root, ['people'])).refused, [{ report: 'team/people', file: 'reports/team/people.yml' }]);
  await git(root, 'commit', '-qam', 'Names are for everybody, after all');
  assert.deepEqual((await refresh(root, ['people'])).kept, ['team/people@2026-01-08.v1']);
});
