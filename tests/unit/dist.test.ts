import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { overlaySite } from '../../scripts/site/dist.ts';
import { CODE, digestTree, filesOf } from '../../scripts/world/files.ts';

async function temporary(context: TestContext, files: string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-dist-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  for (const file of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), folder);
  }
  return folder;
}

test('of a report that is gone or built again, only what was built stays; reports within its folder are others', async (t) => {
  const page = (id: string): string[] => [`reports/${id}/index.html`, `reports/${id}/preview.png`, `reports/${id}/${path.basename(id)}.csv`, `reports/${id}/${path.basename(id)}.json`];
  const dist = await temporary(t, [
    ...page('a'), ...page('a/b'), ...page('c'), ...page('d/e'), 'history/a/2026-01/index.html', 'history/a/b/2026-01/index.html', 'history/a/2026-01/2026-02/index.html',
    'history/c/2026-01/index.html', 'history/c/2026-02/index.html', 'history/d/e/2026-01/index.html', 'runs/9/index.html', 'index.html',
  ]);
  const out = await temporary(t, ['reports/c/index.html', 'history/c/2026-02/index.html', 'runs/1/index.html', 'index.html']);
  const built = await readFile(path.join(out, 'index.html'), 'utf8');
  await overlaySite(dist, out, ['a', 'c', 'd/e', 'never/there']);
  const left = (await filesOf(dist)).map((file) => path.relative(dist, file)).sort();
  assert.deepEqual(left, [
    ...page('a/b'), 'history/a/2026-01/2026-02/index.html', 'history/a/b/2026-01/index.html', 'history/c/2026-02/index.html', 'index.html', 'reports/c/index.html', 'runs/1/index.html',
  ].sort());
  assert.equal(await readFile(path.join(dist, 'reports/c/index.html'), 'utf8'), built);
  await assert.rejects(mkdir(path.join(dist, 'reports/a')), { code: 'EEXIST' });
  await mkdir(path.join(dist, 'reports/d'));
});

test('beside a compare page stay the snapshots that are wanted still, and a report of that address keeps its page', async (t) => {
  const beside = (...names: string[]): string[] => names.map((name) => `reports/a/compare/${name}`);
  const dist = await temporary(t, beside('index.html', '2026-01-05.v1.csv', '2026-01-05.v1.json', '2026-01-06-t0100.v12.csv', 'own.csv', 'compare.csv'));
  const out = await temporary(t, ['index.html']);
  await overlaySite(dist, out, ['a'], new Set(beside('2026-01-05.v1.csv', '2026-01-05.v1.json', 'index.html')));
  const left = async (): Promise<string[]> => (await filesOf(path.join(dist, 'reports'))).map((file) => path.relative(dist, file)).sort();
  assert.deepEqual(await left(), beside('2026-01-05.v1.csv', '2026-01-05.v1.json', 'compare.csv', 'index.html', 'own.csv'));
  await overlaySite(dist, await temporary(t, ['index.html']), ['a'], new Set());
  assert.deepEqual(await left(), beside('compare.csv', 'own.csv'));
});

test('a change of any code is noticed, in files and in folders', async (t) => {
  assert.deepEqual([...CODE], ['src', 'scripts', 'astro.config.mjs']);
  const root = await temporary(t, ['src/error.ts', 'src/site/a.astro', 'scripts/x.ts', 'astro.config.mjs']);
  const seen = [await digestTree(root, CODE)];
  for (const file of ['src/error.ts', 'src/site/a.astro', 'scripts/x.ts', 'astro.config.mjs']) {
    await writeFile(path.join(root, file), 'changed');
    seen.push(await digestTree(root, CODE));
  }
  assert.equal(new Set(seen).size, 5);
  assert.equal(await digestTree(root, CODE), seen.at(-1));
});
