import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { writeFacts } from '../../scripts/site/facts.ts';
import { ERRORS } from '../../src/error.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { applyEntry, emptyState, latestVersion } from '../../src/snapshot/ledger-state.ts';
import { code, commit, daybook, entries, git, newInstance, quietWorld, tree, type Said } from './instance.ts';

/*
 * tests/cases: a folder is a case. Its files are part of an instance, with reports below reports/<case>/;
 * `expect.txt` is what `refresh` says about them. `then/` holds files that change before a second
 * refresh, of which `expect-then.txt` tells. All cases are run by the same job, beside a report that is well:
 * no failure may reach another report.
 */
const folder = path.join(code, 'tests/cases');
const cases = (await readdir(folder)).sort();

/** What was said, in pieces: an error with its remedy, or a line of the outcome. */
function pieces(said: string): string[] {
  return said.match(/(?:(?!kept |\d+ run: |Nothing )[^]*?\n  → .*\n)|.+\n/g) ?? [];
}

/** What was said of a case, and what it kept: metrics and rows. */
async function about(root: string, name: string, { text }: Said): Promise<string> {
  const own = pieces(text).filter((piece) => new RegExp(`^(?:kept |(?:reports|queries|queries/sources|data)/)?${name}[/-]`).test(piece));
  const kept = own.flatMap((piece) => /^kept (.*)\n/.exec(piece)?.[1] ?? []);
  const shown = await Promise.all(kept.map(async (citation) => {
    const { out } = await daybook(root, ['show', citation]);
    const { out: rows } = await daybook(root, ['show', citation, '--rows']);
    return [citation, ...(out.match(/^ {2}\w+ = .*$/gm) ?? []), ...rows.trimEnd().split('\n').slice(0, 7).map((row) => `  | ${row}`), ''].join('\n');
  }));
  return [...own, ...shown].join('');
}

async function expected(name: string, file: string): Promise<string> {
  return readFile(path.join(folder, name, file), 'utf8').catch(() => `${file} is missing`);
}

test('cases', async (t) => {
  const root = await newInstance(t);
  const second: string[] = [];
  for (const name of cases) {
    await cp(path.join(folder, name), root, { recursive: true, filter: (file) => !/\/(expect.*\.txt|then)$/.test(file) });
    if ((await readdir(path.join(folder, name))).includes('then')) second.push(name);
  }
  await commit(root);
  const first = await daybook(root, ['refresh', '--no-build']);

  await t.test('one job ran them all: what is well was kept, all or nothing', async () => {
    assert.equal(first.code, 1);
    assert.match(first.text, /^kept team\/good@2026-01-07\.v1$/m);
    assert.equal(await git(root, 'status', '--porcelain'), '');
    assert.equal(await git(root, 'fsck', '--strict', '--no-dangling'), '');
    assert.equal(await git(root, 'log', '--oneline').then((log) => log.split('\n').length), 3);
    const [entry] = entries(root);
    assert.deepEqual(entry!.kept.map(({ report }) => report).filter((id) => !first.text.includes(`kept ${id}@`)), []);
  });

  await t.test('every error has a code of the table and a remedy, and no stack', () => {
    assert.doesNotMatch(first.text, /^\s+at .*:\d+:\d+|node:internal|undefined|\[object/m);
    const errors = pieces(first.text).filter((piece) => !/^(kept |\d+ run: )/.test(piece));
    assert.ok(errors.length > 60);
    for (const error of errors) assert.ok(Object.keys(ERRORS).includes(/\n  → .+ \[([a-z-]+)\]\n$/.exec(error)?.[1] ?? ''), error);
  });

  await t.test('nothing was written but snapshots and caches', async () => {
    const files = [...(await tree(root)).keys()].filter((file) => !/^(\.git|\.daybook|snapshots)\//.test(file));
    assert.deepEqual(files.sort(), (await git(root, 'ls-files')).split('\n').filter((file) => !file.startsWith('snapshots/')).sort());
  });

  for (const name of cases) {
    await t.test(name, async () => assert.equal(await about(root, name, first), await expected(name, 'expect.txt')));
  }

  for (const name of second) await cp(path.join(folder, name, 'then'), root, { recursive: true });
  await commit(root, 'Next day');
  const before = await tree(path.join(root, 'snapshots/2026'));
  const reports = entries(root)[0]!.kept.map(({ report }) => report).filter((id) => second.includes(id.split('/')[0]!));
  const then = await daybook(root, ['refresh', '--no-build', ...reports], { now: '2026-01-09T07:00:00Z' });

  for (const name of second) {
    await t.test(`${name}, then`, async () => {
      assert.equal(await about(root, name, then), await expected(name, 'expect-then.txt'));
    });
  }

  await t.test('a failure leaves the last good snapshots as they were', async () => {
    assert.ok(reports.length >= 2);
    const after = await tree(path.join(root, 'snapshots/2026'));
    for (const [file, content] of before) assert.equal(after.get(file), content, file);
    const ledger = entries(root).reduce(applyEntry, emptyState());
    for (const id of reports) {
      assert.equal(ledger.reports.get(id)!.lastRun!.run.status, 'failed');
      assert.equal(latestVersion(ledger, id, '2026-01-08')?.version, 1);
    }
  });

  await t.test('pages show the last good snapshot, marked; a definition that breaks later withdraws its report', async () => {
    const world = quietWorld(root);
    await writeFile(path.join(root, 'reports/too-large/within.yml'), 'title: Broken later\nteam: team\n');
    const { site } = await writeFacts(world, loadDefinitions(root));
    const cards = new Map(site.reports.map((card) => [card.id, card]));
    for (const id of reports) {
      const { status, asOf, failure } = cards.get(id)!;
      assert.deepEqual([status, asOf, failure?.sequence], ['failed', '2026-01-08', 2]);
    }
    const good = cards.get('team/good')!;
    assert.deepEqual([good.status, good.asOf, good.failure], ['current', '2026-01-07', null]);
    const withdrawn = cards.get('too-large/within')!;
    assert.deepEqual([withdrawn.status, withdrawn.title, withdrawn.asOf, withdrawn.failure?.code], ['withdrawn', 'Broken later', '2026-01-08', 'wrong-value']);
    assert.equal(cards.get('sql-syntax/typo')!.status, 'failed');
    const values = cards.get('nan-and-infinity/doubles')!.metrics.map(({ headline }) => [headline?.value, headline?.text]);
    assert.deepEqual(values, [[null, 'NaN'], [null, '-Infinity'], [null, 'NaN']]);
    assert.ok(site.problems.some(({ code: problem, where }) => problem === 'unknown-key' && where === 'reports/unknown-key/top-level.yml:7 ownr'));
  });
});
