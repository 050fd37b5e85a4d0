import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Audit } from '../../src/analysis/audit/document.ts';
import type { Custody } from '../../src/analysis/audit/custody.ts';
import { readEntries } from '../../src/snapshot/checkout.ts';
import { entryDigest, entryPath, writeEntry, type Entry } from '../../src/snapshot/entry.ts';
import { BASE, commit, daybook, git, newInstance, NOW, temporaryFolder, wholeFile, write, type Lasting } from './instance.ts';

const DAYS = ['--from', '2026-01-01', '--to', '2026-01-31'];
const CORRECTED = (BASE['data/orders.csv'] as string).replace('2026-01-05,north,120', '2026-01-05,north,125');

async function refresh(root: string, now = NOW): Promise<void> {
  const { code, text } = await daybook(root, ['refresh', '--no-build', 'good', '--as-of', now.slice(0, 10)], { now });
  assert.equal(code, 0, text);
}

/** A report that was kept, then corrected in its data, and changed in its definition by a pull request. */
async function makeCorrected(t: Lasting): Promise<string> {
  const root = await newInstance(t);
  await refresh(root);
  await write(root, { 'data/orders.csv': CORRECTED });
  await commit(root, 'Data');
  await refresh(root, '2026-01-08T08:00:00Z');
  const file = 'reports/team/good.yml';
  await write(root, { [file]: (BASE[file] as string).replace('label: Orders,', 'label: Orders taken,') });
  await commit(root, 'Say what is counted (#31)');
  return root;
}

const whole = wholeFile();
let template: Promise<string> | null = null;

async function corrected(t: TestContext): Promise<string> {
  template ??= makeCorrected(whole);
  const root = path.join(await temporaryFolder(t), 'instance');
  await cp(await template, root, { recursive: true });
  return root;
}

async function auditJson(root: string, ...words: string[]): Promise<Audit> {
  const { code, out, text } = await daybook(root, ['audit', ...DAYS, '--format', 'json', ...words]);
  assert.equal(code, 0, text);
  return JSON.parse(out) as Audit;
}

test('a period: definitions with who and why, rows before and after', async (t) => {
  const root = await corrected(t);
  const audit = await auditJson(root);
  assert.equal(audit.format, 'daybook/audit/1');
  assert.deepEqual(audit.definitions.map(({ subject, pull, author }) => [subject, pull, author.name]), [['Reports', null, 'Person'], ['Say what is counted (#31)', 31, 'Person']]);
  assert.deepEqual(audit.definitions[1]!.files.map(({ path: file, report, changes }) => [file, report, changes]), [['reports/team/good.yml', 'team/good', [{ key: 'metrics.orders.label', before: 'Orders', after: 'Orders taken' }]]]);
  assert.deepEqual(audit.totals.restated, { snapshots: 1, added: 0, removed: 0, modified: 1, metrics: 1 });
  assert.equal(audit.snapshots[1]!.commit, await git(root, 'rev-parse', 'HEAD~1'));
  const { out } = await daybook(root, ['audit', ...DAYS]);
  assert.match(out, /6 rows entered, 1 modified, 0 deleted; 1 modified row and 1 metric of periods already published \(restated\)/);
  assert.match(out, /2026-01-05 north orders: 120 → 125/);
  assert.match(out, /metrics\.orders\.label: 'Orders' → 'Orders taken'/);
});

test('each format stands alone', async (t) => {
  const root = await corrected(t);
  const csv = (await daybook(root, ['audit', ...DAYS, '--format', 'csv'])).out;
  assert.match(csv, /^time,kind,report,snapshot,who,what,before,after,commit,entry\n/);
  assert.match(csv, /\n2026-01-08T08:00:00Z,restated-row-modified,team\/good,team\/good@2026-01-07\.v2,,2026-01-05 north orders,120,125,[0-9a-f]{40},2\n/);
  const html = (await daybook(root, ['audit', ...DAYS, '--format', 'html'])).out;
  assert.match(html, /^<!doctype html>[^]*2026-01-05 north orders: 120 → 125[^]*<\/html>\n$/);
  assert.doesNotMatch(html, /<script|(src|href)="[^#]/);
});

test('one report: only what is its own, over its versions', async (t) => {
  const root = await corrected(t);
  await write(root, { 'queries/sources/other.yml': 'files: data/orders.csv\n', 'queries/sources/orders.yml': 'files: data/orders.csv\ncolumns: { day: DATE, orders: BIGINT }\npublisher: Us\n' });
  await commit(root, 'Two sources, one of the report');
  const audit = await auditJson(root, '--report', 'good');
  assert.deepEqual(audit.snapshots.map(({ version }) => version), [1, 2]);
  assert.deepEqual(audit.definitions.at(-1)!.files.map(({ path: file }) => file), ['queries/sources/orders.yml']);
  assert.equal((await daybook(root, ['audit', '--report', 'nothing'])).code, 3);
});

test('entries that do not say what they changed are compared again, once', async (t) => {
  const root = await corrected(t);
  const whole = await auditJson(root);
  // As entries were before changes were recorded: the chain is not verified here.
  let previous: Entry['previous'] = null;
  for (const entry of readEntries(root)) {
    const { changes, ...rest } = entry;
    const older: Entry = { ...rest, previous };
    assert.equal(changes?.length, 1);
    previous = entryDigest(older);
    await write(root, { [entryPath(older)]: writeEntry(older) });
  }
  const again = await auditJson(root);
  assert.deepEqual(again.totals, whole.totals);
  assert.deepEqual(again.snapshots.map(({ computed, restated }) => [computed, restated]), whole.snapshots.map(({ restated }) => [true, restated]));
  // From the cache: the rows are not needed any more.
  await rm(path.join(root, 'snapshots/2026'), { recursive: true });
  assert.deepEqual((await auditJson(root)).totals, whole.totals);
  await rm(path.join(root, '.daybook'), { recursive: true });
  const lost = await auditJson(root);
  assert.deepEqual([lost.totals.unknown, lost.snapshots.map(({ unknown }) => unknown)], [2, ['the file is missing', 'the file is missing']]);
});

test('an empty period, an empty ledger, a folder without Git', async (t) => {
  const root = await newInstance(t);
  const none = await auditJson(root, '--to', '2026-01-02');
  assert.deepEqual([none.totals.kept, none.definitions, none.ledger.first], [0, [], null]);
  await refresh(root);
  const folder = path.join(await temporaryFolder(t), 'copy');
  execFileSync('cp', ['-r', root, folder]);
  await rm(path.join(folder, '.git'), { recursive: true });
  const { code, out } = await daybook(folder, ['audit', ...DAYS]);
  assert.equal(code, 0);
  assert.match(out, /6 rows entered[^]*Git could not be asked/);
});

test('days that are none, and options that do not go together, are wrong use', async (t) => {
  const root = await newInstance(t);
  for (const words of [['--from', '2026-02-30'], ['--from', 'yesterday'], ['--to', '2026-01-07T06:00Z'], ['--from', '2026-01-08', '--to', '2026-01-07'], ['--format', 'pdf'], ['--metric', 'orders'], ['--number', 'good@2026-01-07']]) {
    assert.equal((await daybook(root, ['audit', ...words])).code, 3, words.join(' '));
  }
});

test('a number’s chain of custody: each step can be checked by hand', async (t) => {
  const root = await corrected(t);
  const { code, out } = await daybook(root, ['audit', '--number', 'good@2026-01-07', '--metric', 'orders', '--format', 'json']);
  assert.equal(code, 0);
  const { snapshot, steps } = JSON.parse(out) as Custody;
  assert.equal(snapshot, 'team/good@2026-01-07.v2');
  assert.deepEqual(steps.map(({ step, found }) => [step, found]), [['source', 'same'], ['query', 'same'], ['rows', 'same'], ['metric', null], ['manifest', null], ['entry', null], ['commit', null], ['page', null]]);
  for (const { digest, check } of steps.filter(({ step }) => step === 'source' || step === 'rows')) {
    assert.ok(execFileSync('sh', ['-c', check], { cwd: root, encoding: 'utf8' }).startsWith(digest!.slice('sha256:'.length)), check);
  }
  assert.match(steps[3]!.what, /^orders = 210 in 2026-01-07: sum\(orders\) of the rows of that period$/);
  assert.match(execFileSync('sh', ['-c', steps[3]!.check], { cwd: root, encoding: 'utf8' }), /"value":"210"/);
  const [by] = execFileSync('sh', ['-c', steps[6]!.check], { cwd: root, encoding: 'utf8' }).split('\n');
  assert.ok(steps[6]!.what.includes(by!));
  assert.equal(steps[7]!.check, '/history/team/good/2026-01/#2026-01-07.v2');

  // A source that went on is no error; rows that somebody touched are.
  await write(root, { 'data/orders.csv': `${CORRECTED}2026-01-08,north,1\n` });
  const later = await daybook(root, ['audit', '--number', 'good@2026-01-07']);
  assert.equal(later.code, 0);
  assert.match(later.out, /checked now: it is ANOTHER one/);
  await write(root, { 'snapshots/2026/01/07/v2/team/good.csv': 'day,region,orders\n' });
  assert.equal((await daybook(root, ['audit', '--number', 'good@2026-01-07'])).code, 1);
  assert.equal((await daybook(root, ['audit', '--number', 'good@2026-01-07', '--metric', 'none'])).code, 3);
});
