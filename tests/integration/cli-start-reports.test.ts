import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { get as ask, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { packageRoot } from '../../scripts/world/files.ts';
import { BUILT, code, ENV, freePort, git, newInstance, NOW, spawnDaybook, write } from './instance.ts';

const PAGE = 'reports/team/good/';
/** Far more than a save takes: a machine may be busy. */
const PATIENCE = 15_000;

interface Started {
  child: ChildProcess;
  address: string;
  said: () => string;
  page: (at?: string) => Promise<string>;
  /** Asks for the page until it says so, and of errors nothing or something: a page that is drawn during a save may have either. */
  until: (says: RegExp, fails?: boolean) => Promise<string>;
}

async function started(t: TestContext, root: string): Promise<Started> {
  const child = spawn(process.execPath, [path.join(code, 'scripts/daybook.mjs'), 'start', 'good', '--port', String(await freePort())], { cwd: root, env: { ...ENV, DAYBOOK_NOW: NOW }, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(async () => {
    child.kill('SIGKILL');
    await rm(path.join(packageRoot, '.daybook/build', String(child.pid)), { recursive: true, force: true });
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await waitFor(() => assert.match(said, /good is at/), () => child.exitCode === null);
  const address = /http:\S+?\/(?=reports)/.exec(said)![0];
  const page = async (at = PAGE): Promise<string> => (await fetch(address + at)).text();
  const until = async (says: RegExp, fails = false): Promise<string> => waitFor(async () => {
    const html = await page();
    assert.match(html, says);
    assert.equal(html.includes('The last save does not work'), fails);
    return html;
  });
  return { child, address, said: () => said, page, until };
}

async function waitFor<T>(holds: () => T | Promise<T>, goesOn = (): boolean => true): Promise<T> {
  for (const end = performance.now() + PATIENCE; ; await setTimeout(20)) {
    try {
      return await holds();
    } catch (cause) {
      if (performance.now() > end || !goesOn()) throw cause;
    }
  }
}

/** As fetch may not: with a name of somebody's. */
async function statusFor(address: string, host: string): Promise<number> {
  const [response] = (await once(ask(address, { headers: { host } }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode!;
}

/** Processes below one; Linux alone tells. */
function childrenOf(pid: number): number[] {
  const text = existsSync(`/proc/${pid}/task/${pid}/children`) ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() : '';
  return text === '' ? [] : text.split(' ').map(Number);
}

async function gone(pids: number[]): Promise<void> {
  await waitFor(() => assert.deepEqual(pids.filter((pid) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))), []));
}

test('an open page follows each save: numbers, errors, text, files that are new or put in place of others', async (t) => {
  const root = await newInstance(t, {}, BUILT);
  const head = await git(root, 'rev-parse', 'HEAD');
  const sql = path.join(root, 'queries/team/good.sql');
  const before = await readFile(sql, 'utf8');
  const { child, address, said, page, until } = await started(t, root);

  const first = await until(/>210</);
  const style = /href="([^"]+\.css)"/.exec(first)![1]!;
  const live = /<script type="module" src="(\/@daybook\/live\.js\?[^"]+)">/.exec(first)![1]!;
  for (const file of [style, live, `/${PAGE}good.csv`, '/docs/contribute/', '/pagefind/pagefind.js']) assert.equal((await fetch(new URL(file, address))).status, 200, file);

  await t.test('SQL that an editor puts in place of the old: the number and its download', async () => {
    await write(root, { 'queries/team/good.sql.tmp': before.replace('orders from', 'orders + 1000 as orders from') });
    await rename(`${sql}.tmp`, sql);
    assert.match(await until(/>2,210</), /Local results/);
    await waitFor(async () => assert.match(await page(`${PAGE}good.csv`), /^2026-01-05,north,1120$/m));
  });

  await t.test('an open page is told, and learns of another version by it', async () => {
    const events = await fetch(new URL('/@daybook/events', address));
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    const version = (await reader.read()).value!;
    await write(root, { 'reports/team/good.md': 'What **nobody** wrote before.\n' });
    assert.notEqual((await reader.read()).value, version);
    assert.match(await page(), /What <strong>nobody<\/strong> wrote before/);
    await reader.cancel();
  });

  await t.test('broken SQL: the error, escaped, above the last page that worked', async () => {
    await write(root, { 'queries/team/good.sql': `select day, "<img src=x onerror=alert(1)>" from orders\n` });
    const html = await until(/>2,210</, true);
    assert.match(html, /&lt;img src=x onerror=alert\(1\)&gt;[^]*>2,210</);
    assert.doesNotMatch(html, /<img/);
    assert.match(said(), /queries\/team\/good\.sql.*<img/);
  });

  await t.test('broken YAML besides, a file that goes, and all of it mended', async () => {
    const yaml = await readFile(path.join(root, 'reports/team/good.yml'), 'utf8');
    await write(root, { 'queries/team/good.sql': before, 'reports/team/good.yml': yaml.replace('title:', 'titel:') });
    assert.match(await until(/titel/, true), />2,210</);
    await rm(path.join(root, 'reports/team/good.yml'));
    assert.match(await until(/reports\/team\/good\.yml does not exist/, true), />2,210</);
    await write(root, { 'reports/team/good.yml': yaml.replace('Report good', 'Another title') });
    await until(/<h1[^>]*>Another title<[^]*>210</);
  });

  await t.test('a query that runs too long is ended by the next save', async () => {
    await write(root, { 'queries/team/good.sql': "select date '2026-01-07' as day, 'north' as region, sum(a.range * b.range)::BIGINT as orders from range(3000000) a, range(3000000) b\n" });
    await waitFor(() => assert.match(said(), /Saved: queries\/team\/good\.sql\n$/));
    await write(root, { 'queries/team/good.sql': before.replace('orders from', 'orders + 2000 as orders from') });
    await until(/>4,210</);
    await write(root, { 'queries/team/good.sql': before });
    await until(/>210</);
  });

  await t.test('data and the instance’s own file', async () => {
    const data = await readFile(path.join(root, 'data/orders.csv'), 'utf8');
    await write(root, { 'data/orders.csv': data.replace('118', '218') });
    await until(/>310</);
    const instance = await readFile(path.join(root, 'daybook.yml'), 'utf8');
    await write(root, { 'daybook.yml': `${instance}nothing: 1\n` });
    assert.match(await until(/nothing/, true), />310</);
    await write(root, { 'daybook.yml': instance.replace('title: Test', 'title: Other') });
    await until(/· Other</);
  });

  await t.test('what the view leaves out is said; nothing outside of it, nobody else’s name for the machine, and its port', async () => {
    for (const absent of ['audit/', 'reports/team/none/']) {
      const response = await fetch(address + absent);
      assert.equal(response.status, 404);
      assert.match(await response.text(), /not part of this view, which has team\/good alone/);
    }
    for (const hostile of ['@fs/etc/passwd', '..%2f..%2f..%2fpackage.json', 'src/site/facts.ts', `@fs${root}/daybook.yml`]) assert.equal((await fetch(address + hostile)).status, 404, hostile);
    const second = await spawnDaybook(root, ['start', 'good', '--port', new URL(address).port]);
    assert.match(second.err, /^port \d+ is in use\n.*\[port-in-use\]\n$/);
    assert.equal(second.code, 2);
    assert.deepEqual([await statusFor(address, 'evil.example'), await statusFor(address, 'localhost:1')], [403, 200]);
  });

  const drawn = await page();
  const pids = childrenOf(child.pid!);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  await gone(pids);
  assert.ok(!existsSync(path.join(packageRoot, '.daybook/build', String(child.pid))));
  assert.equal(await git(root, 'rev-parse', 'HEAD'), head);

  await t.test('it is the page that a build writes, which has the same local result', async () => {
    assert.equal((await spawnDaybook(root, ['build'])).code, 0);
    const built = await readFile(path.join(root, 'dist', PAGE, 'index.html'), 'utf8');
    assert.equal(drawn.replace(/<script type="module" src="\/@daybook\/[^>]+><\/script>/, ''), built);
  });
});

test('nothing is left of a start that is killed', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const { child } = await started(t, await newInstance(t, {}, BUILT));
  const pids = childrenOf(child.pid!);
  assert.ok(pids.length > 0);
  child.kill('SIGKILL');
  await gone(pids);
});
