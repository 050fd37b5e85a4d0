import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { serve } from '../../scripts/site/serve.ts';
import { fakeHost } from './fake-host.ts';
import { BASE, BUILT, commit, daybook, git, newInstance, report, tree, write } from './instance.ts';

const SITE = 'https://team.example/reports/';
const INSTANCE = { 'daybook.yml': `${BASE['daybook.yml'] as string}url: ${SITE.slice(0, -1)}\n` };

test('a preview that is built for its address works there, beside the site: pages, what they link to, what they load', async (t) => {
  const root = await newInstance(t, INSTANCE, BUILT);
  const home = path.dirname(root);
  const bare = path.join(home, 'origin.git');
  await git(home, 'clone', '-q', '--bare', root, bare);
  await git(root, 'remote', 'add', 'origin', bare);
  const fake = await fakeHost(t, bare);
  assert.equal((await daybook(root, ['refresh', '--push'])).code, 0);
  const before = await git(root, 'rev-parse', 'HEAD');
  await git(root, 'switch', '-qc', 'more');
  await write(root, report('more', 'select region, sum(orders) as orders from orders where day <= $as_of group by 1', 'as_of: scheduled\nkey: [region]\nmetrics: { all: { label: All, value: sum(orders) } }\n'));
  const head = await commit(root);
  await git(root, 'push', '-q', 'origin', 'more');
  await git(root, 'switch', '-q', 'main');
  const pull = await fake.propose('more', 'More', { by: 'ann' });

  assert.match((await daybook(root, ['review', `${before}..${head}`, '--preview-url', 'preview/1/'])).err, /none is built/);
  assert.match((await daybook(root, ['review', `${before}..${head}`, '--preview', 'preview', '--preview-url', 'javascript:alert(1)'])).err, /is no address of a folder/);
  const standing = await tree(path.join(root, 'dist'));
  const reviewed = await daybook(root, ['review', `${before}..${head}`, '--out', 'review', '--preview', 'preview', '--preview-url', 'preview/1', '--pull', String(pull)]);
  assert.equal(reviewed.code, 0, reviewed.text);
  assert.deepEqual(await tree(path.join(root, 'dist')), standing);
  // A new report’s page, as its reviewers see it: the checklist names the pictures, and they are there.
  for (const [name, width] of [['page.phone.png', 390], ['page.desk.png', 1280]] as const) {
    assert.ok((await readFile(path.join(root, 'review/summary.md'), 'utf8')).includes(name), name);
    const picture = await readFile(path.join(root, 'preview/review/team/more', name));
    assert.deepEqual([picture.toString('latin1', 1, 4), picture.readUInt32BE(16)], ['PNG', width]);
    const page = await readFile(path.join(root, 'preview/review/team/more/index.html'), 'utf8');
    assert.ok(page.includes(`<a href="${name}"><img src="${name}" width="${width}" height="${picture.readUInt32BE(20)}"`), `${name} on the page of the review`);
  }
  const published = await daybook(root, ['publish-preview', '--from', 'preview', '--review', 'review', '--head', head], { env: fake.env });
  assert.deepEqual([published.code, published.out], [0, `${SITE}preview/1/review/\n`], published.text);
  assert.equal((await daybook(root, ['lay-previews', '--out', path.join(home, 'pages')], { env: fake.env })).code, 0);
  assert.deepEqual(await tree(path.join(root, 'dist')), standing);

  const server = await serve(path.join(home, 'pages'), '/reports/', 0, '127.0.0.1');
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seen = new Map<string, number>();
  const visit = async (address: string): Promise<void> => {
    if (seen.has(address)) return;
    const response = await fetch(`${origin}${address}`);
    seen.set(address, response.status);
    const text = await response.text();
    if (!response.headers.get('content-type')?.startsWith('text/html')) return;
    const isPreview = address.startsWith('/reports/preview/1/');
    assert.equal(text.includes('Preview of pull request 1'), isPreview, address);
    assert.equal(text.includes('<meta name="robots" content="noindex">'), isPreview, address);
    if (isPreview && response.status === 200) assert.ok(text.includes(`<link rel="canonical" href="https://team.example${address}"`), address);
    for (const [, link = ''] of text.matchAll(/ (?:href|src|data-index)="([^"#?]+)[^"]*"/g)) {
      const to = new URL(link, `https://team.example${address}`);
      if (to.origin !== 'https://team.example') continue;
      assert.ok(to.pathname.startsWith(isPreview ? '/reports/preview/1/' : '/reports/'), `${address} links to ${to.pathname}`);
      await visit(to.pathname);
    }
  };
  await visit('/reports/preview/1/');
  assert.deepEqual([...seen].filter(([, status]) => status !== 200), []);
  for (const page of ['review/', 'review/team/more/', 'reports/team/more/', 'reports/team/good/', 'docs/', 'search/', 'pagefind/pagefind.js']) assert.ok(seen.has(`/reports/preview/1/${page}`), page);
  assert.ok([...seen.keys()].some((address) => address.startsWith('/reports/preview/1/_astro/') && address.endsWith('.css')));
  await visit('/reports/');
  assert.deepEqual([...seen].filter(([, status]) => status !== 200), []);
  assert.doesNotMatch(await readFile(path.join(home, 'pages/index.html'), 'utf8'), /team\/more/);
});

test('a site without an address is reviewed, without a preview, and log and summary say why', async (t) => {
  const root = await newInstance(t);
  const before = await git(root, 'rev-parse', 'HEAD');
  await write(root, { 'queries/team/good.sql': "select day, region, orders + 1 as orders from orders where day <= $as_of\n" });
  const head = await commit(root);
  const asked = ['review', `${before}..${head}`, '--out', 'review', '--preview', 'preview', '--preview-url'];
  const said = await daybook(root, [...asked, 'preview/1/', '--pull', '1']);
  assert.notEqual(said.code, 3, said.text);
  const note = /No preview was built: daybook\.yml says no `url`, the address of the site,/;
  assert.match(said.err, note);
  const summary = await readFile(path.join(root, 'review/summary.md'), 'utf8');
  assert.match(summary, /team\/good/);
  assert.match(summary, note);
  await assert.rejects(readFile(path.join(root, 'preview/index.html')));
  assert.equal((await daybook(root, [...asked, 'javascript:alert(1)'])).code, 3);
});
