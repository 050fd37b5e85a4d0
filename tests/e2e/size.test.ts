import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/review/browser.ts';
import { buildFixture, newFolder, runAstro } from './build.ts';
import { writeFixture } from './fixture.ts';
import { DESKTOP, overflow, PHONE, visit } from './pages.ts';
import { serve } from './serve.ts';

let folder: string;
let browser: Browser;

before(async () => {
  folder = await newFolder('size');
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

for (const reports of [1, 200, 450]) {
  test(`the board holds ${reports} reports`, async (t) => {
    const site = await buildFixture(join(folder, String(reports)), { reports, url: null, reportPages: reports === 1 });
    const served = await serve(site, '/');
    t.after(() => served.close());
    for (const viewport of [PHONE, DESKTOP]) {
      const { page, problems } = await visit(browser, `${served.origin}/`, { viewport });
      assert.deepEqual(problems, []);
      assert.deepEqual(await overflow(page), []);
      // Beyond 400 each team shows its share, and its own page has all.
      assert.equal(await page.locator('.report-card').count(), reports === 450 ? 7 * 57 : reports);
      await page.context().close();
    }
    assert.equal((await readdir(site)).includes('reports'), reports === 1, 'only the pages asked for are built');
  });
}

test('a build ends with an error where facts are missing or broken, and never with an empty page', async () => {
  const facts = join(folder, 'broken');
  const missing = await runAstro(join(folder, 'nowhere'), join(folder, 'out-1'));
  assert.notEqual(missing.code, 0);
  assert.match(missing.output, /site\.json|cannot be read/);
  const site = await writeFixture(facts, { reports: 1, url: null });
  const { id } = site.reports[0]!;
  await writeFile(join(facts, 'reports', `${id}.json`), '{"id":');
  const broken = await runAstro(facts, join(folder, 'out-2'));
  assert.notEqual(broken.code, 0);
  assert.match(broken.output, /cannot be read as JSON/);
  await mkdir(join(facts, 'reports'), { recursive: true });
  await writeFile(join(facts, 'reports', `${id}.json`), JSON.stringify({ id }));
  const hollow = await runAstro(facts, join(folder, 'out-3'));
  assert.notEqual(hollow.code, 0);
  assert.match(hollow.output, /has no title/);
});
