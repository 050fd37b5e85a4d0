import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, symlink } from 'node:fs/promises';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { serve } from '../../scripts/site/serve.ts';
import { DaybookError } from '../../src/error.ts';
import { code, daybook, ENV, freePort, temporaryFolder, write } from './instance.ts';

async function served(t: TestContext, base: string): Promise<{ server: Server; folder: string; get: (url: string, headers?: Record<string, string>) => Promise<Response> }> {
  const folder = await temporaryFolder(t);
  await write(folder, { 'index.html': 'board', 'reports/a/index.html': 'a', '404.html': 'nothing here', 'a b.csv': 'n\n1\n' });
  const server = await serve(folder, base, 0, '127.0.0.1');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { server, folder, get: (url, headers = {}) => fetch(`http://127.0.0.1:${port}${url}`, { redirect: 'manual', headers }) };
}

test('a folder below a base path, as a static host serves it', async (t) => {
  const { get } = await served(t, '/base/');
  const cases: [string, number, string | null][] = [
    ['/base/', 200, 'board'], ['/base/reports/a/', 200, 'a'], ['/base/a%20b.csv', 200, 'n\n1\n'], ['/base/none', 404, 'nothing here'],
    ['/', 301, null], ['/base/reports/a', 301, null], ['/base/%2e%2e/%2e%2e/etc/passwd', 404, 'nothing here'], [`/base/${'..%2f'.repeat(20)}etc/passwd`, 404, 'nothing here'], ['/base/a%00b', 404, 'nothing here'], ['/base/%zz', 404, ''],
  ];
  for (const [url, status, text] of cases) {
    const response = await get(url);
    assert.equal(response.status, status, url);
    const body = await response.text();
    if (text !== null) assert.equal(body, text, url);
  }
  assert.equal((await get('/base/reports/a')).headers.get('location'), '/base/reports/a/');
});

test('an address that this machine alone reaches answers to no other name', async (t) => {
  const { server } = await served(t, '/');
  const open = await serve(await temporaryFolder(t), '/', 0, '0.0.0.0');
  t.after(() => open.close());
  const statusOf = async (to: Server, host: string): Promise<number | undefined> => {
    const [response] = (await once(request({ port: (to.address() as AddressInfo).port, host: '127.0.0.1', headers: { host } }).end(), 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  assert.deepEqual([await statusOf(server, 'evil.example:80'), await statusOf(server, 'LOCALHOST:4321'), await statusOf(server, '127.0.0.1')], [403, 200, 200]);
  assert.equal(await statusOf(open, 'reports.example'), 404);
});

test('a file that goes while it is read ends its own answer, not the server', { skip: process.platform !== 'linux' && 'needs a file whose reading fails' }, async (t) => {
  const server = await serve('/proc/self', '/', 0, '127.0.0.1');
  t.after(() => server.close());
  const get = (url: string): Promise<Response> => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${url}`);
  await assert.rejects(get('/mem'));
  assert.match(await (await get('/status')).text(), /^Name:/);
});

test('of a preview that a stranger has made, no link leads out, no worker stays in the browser, and no page fetches from elsewhere', async (t) => {
  const { folder, get } = await served(t, '/');
  const outside = await temporaryFolder(t);
  await write(outside, { 'secret.txt': 'secret', 'secret/index.html': 'secret' });
  await symlink(path.join(outside, 'secret.txt'), path.join(folder, 'linked.txt'));
  await symlink(outside, path.join(folder, 'linked'));
  await symlink(path.join(folder, 'reports/a'), path.join(folder, 'inside'));
  for (const url of ['/linked.txt', '/linked/secret.txt', '/linked/secret/', '/linked/secret']) assert.deepEqual([(await get(url)).status, await (await get(url)).text()], [404, 'nothing here'], url);
  assert.equal(await (await get('/inside/')).text(), 'a');
  await rm(path.join(folder, '404.html'));
  await symlink(path.join(outside, 'secret.txt'), path.join(folder, '404.html'));
  assert.equal(await (await get('/none')).text(), '');
  await write(folder, { 'worker.js': 'self.addEventListener("fetch", () => {})' });
  assert.equal((await get('/worker.js')).status, 200);
  assert.equal((await get('/worker.js', { 'service-worker': 'script' })).status, 403);
  const { headers } = await get('/');
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self'.*connect-src 'self'.*frame-ancestors 'none'/);
  assert.deepEqual([headers.get('cross-origin-resource-policy'), headers.get('x-content-type-options')], ['same-origin', 'nosniff']);
});

test('a port that is taken and an address of another machine are told so', async (t) => {
  const { server, folder } = await served(t, '/');
  const { port } = server.address() as AddressInfo;
  const is = (code: string) => (error: unknown) => error instanceof DaybookError && error.code === code;
  await assert.rejects(serve(folder, '/', port, '127.0.0.1'), is('port-in-use'));
  for (const host of ['203.0.113.9', 'no such host']) await assert.rejects(serve(folder, '/', 0, host), is('wrong-use'), host);
});

test('`daybook serve` serves the files of a preview below the path that they were built for, until it is told to end', async (t) => {
  const root = await temporaryFolder(t);
  await write(root, { 'daybook.yml': 'title: T\ninstance: t\nteams: { team: { title: T } }\nurl: https://team.example/reports/\n', 'preview/index.html': 'as it would be', 'own/index.html': '<link rel="canonical" href="https://team.example/reports/preview/7/">' });
  assert.match((await daybook(root, ['serve'])).text, /no index\.html[^]*npx daybook build/);
  for (const [folder, base, text] of [['preview', '/reports/', /^as it would be$/], ['own', '/reports/preview/7/', /canonical/]] as const) {
    const child = spawn(process.execPath, [path.join(code, 'scripts/daybook.mjs'), 'serve', folder, '--port', String(await freePort())], { cwd: root, env: ENV, stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const address = /^The site is at (http:\S+)\n/.exec(said.toString())?.[1] ?? '';
    assert.equal(new URL(address).pathname, base);
    assert.match(await (await fetch(address)).text(), text);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  }
});
