import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { addCode, addPackages } from './clone.ts';
import { BASE, commit, daybook, git, newInstance, refresh, report, spawnDaybook, write } from './instance.ts';

const COMMANDS = ['refresh', 'run', 'new', 'start', 'build', 'validate', 'list', 'show', 'compare', 'explain', 'audit', 'approve', 'erase', 'verify', 'prove', 'key', 'doctor', 'init', 'bench'];

test('help has every command with what it is for, and examples', async (t) => {
  const root = await newInstance(t);
  const help = await daybook(root, ['--help']);
  assert.equal(help.code, 0);
  for (const name of COMMANDS) {
    assert.match(help.out, new RegExp(`^  ${name}\\b.* {2}\\S`, 'm'));
    const own = await daybook(root, [name, '--help']);
    assert.equal(own.code, 0);
    assert.match(own.out, /\nExamples:\n {2}npx daybook /, name);
    for (const [, example] of own.out.matchAll(/^ {2}npx daybook (\S+)/gm)) assert.equal(example, name);
  }
  assert.match(help.out, /\nExamples:\n {2}npx daybook /);
  assert.match(help.out, /Exit codes: 0 well; .*3 wrong use/);
});

test('wrong use ends with 3 and says what would be right', async (t) => {
  const root = await newInstance(t);
  const cases: [string[], RegExp][] = [
    [['refrsh'], /Did you mean refresh\?/],
    [['refresh', '--psh'], /Did you mean --push\?/],
    [['refresh', '--as-of', 'yesterday'], /write a date such as 2001-06-30/],
    [['show'], /missing required argument/],
    [['init'], /required option '--title <text>'/],
    [['run', 'goood'], /there is no report "goood"; did you mean "good"\?\n {2}→ .*npx daybook list.*\[report-unknown\]/],
    [['refresh', 'nothing-like-it'], /there is no report "nothing-like-it"\n/],
    [['validate', 'goo'], /there is no report "goo"; did you mean "good"\?/],
    [['show', 'good'], /^team\/good has never run: no snapshot of it is kept\n {2}→ `npx daybook run team\/good` shows its result and keeps nothing; `npx daybook refresh team\/good` runs and keeps it, as the job does\. \[snapshot-unknown\]\n$/],
    [['compare', 'good'], /^team\/good has never run: /],
    [['show', 'goood@2026-01-07'], /there is no report "goood"; did you mean "good"/],
    [['init', '--title', 'x', '--team', 'No Team'], /"No Team" is not a name/],
    [['init', '--title', 'x', '--team', 'sources'], /"sources" is reserved/],
    [['init', '--title', ' '], /the title is empty/],
    [['start', '--port', '70000'], /70000 is no port/],
  ];
  for (const [words, said] of cases) {
    const { code: exit, text } = await daybook(root, words);
    assert.equal(exit, 3, `${words.join(' ')}: ${text}`);
    assert.match(text, said);
    assert.doesNotMatch(text, /^ {4}at /m);
  }
  assert.equal((await daybook(root, [])).code, 3);
  const elsewhere = await daybook(path.dirname(root), ['list']);
  assert.deepEqual([elsewhere.code, elsewhere.text.replace(/.*\n {2}→/, '→')], [3, '→ Run the command in the folder that holds daybook.yml, or below it; or create one with `npx daybook init`. [no-instance]\n']);
});

test('a clock that is no time is wrong use, also in a process of its own', async (t) => {
  const root = await newInstance(t);
  const said = await spawnDaybook(root, ['list'], { now: 'tomorrow' });
  assert.deepEqual([said.code, said.text], [3, 'DAYBOOK_NOW is not a time: "tomorrow"\n  → Write it as 2026-11-21T06:00:00Z. [wrong-use]\n']);
});

test('validate names every problem with its place, and reads no data', async (t) => {
  const root = await newInstance(t, { ...report('bad', 'select 1', 'ownr: x\n'), 'reports/team/other.yml': (BASE['reports/team/good.yml'] as string).replace('[orders]', '[order]').replace('team: team', 'team: tem'), 'queries/team/other.sql': 'select 1' });
  assert.equal((await daybook(root, ['validate', 'good'])).text, '1 report, 1 source: all well.\n');
  const all = await daybook(root, ['validate']);
  assert.equal(all.code, 1);
  assert.equal(all.text, `reports/team/bad.yml:7:1: ownr: unknown key "ownr"; did you mean "owner"?
  → Known keys here: title, team, owner, description, reader, decision, query, sources, schedule, as_of, parameters, key, time, sort, dimensions, columns, metrics, charts, checks, limits, approval, keep, retain, legal_hold, review. [unknown-key]
reports/team/other.yml:2:7: team: there is no team "tem"; did you mean "team"?
  → Known: team. [wrong-value]
reports/team/other.yml:5:11: sources.0: there is no source "order"; did you mean "orders"?
  → Known: orders. [source-unknown]
3 reports, 1 source: 3 problems.
`);
  const json = await daybook(root, ['validate', '--json']);
  assert.deepEqual((JSON.parse(json.out) as { code: string; line: number }[]).map((problem) => [problem.code, problem.line]), [['unknown-key', 7], ['wrong-value', 2], ['source-unknown', 5]]);
  const marked = await daybook(root, ['validate'], { env: { GITHUB_ACTIONS: 'true' } });
  assert.match(marked.out, /^::error file=reports\/team\/bad\.yml,line=7,col=1::/m);
  assert.ok(!(await readdir(root)).includes('.daybook'));
});

test('a file whose name cannot be an id is named, quotes and all', async (t) => {
  const spec = BASE['reports/team/good.yml']!;
  const names = [`Ü"b'er`, 'a b', '..hidden', 'عربى', 'sources', 't0600', '%2e%2e'];
  const root = await newInstance(t, Object.fromEntries(names.map((name) => [`reports/team/${name}.yml`, spec])));
  const { code: exit, text } = await daybook(root, ['validate']);
  assert.equal(exit, 1);
  for (const name of names) assert.ok(text.includes(`reports/team/${name}.yml: "${name}" cannot be part of a report’s id\n`), name);
  assert.match(text, /8 reports, 1 source: 7 problems\.\n$/);
});

test('daybook.yml that cannot be read ends every command with 2', async (t) => {
  const root = await newInstance(t, { 'daybook.yml': 'title: Test\nteam: {}\n' });
  for (const words of [['refresh', '--no-build'], ['run'], ['validate'], ['list'], ['build']]) {
    const { code: exit, text } = await daybook(root, words);
    assert.equal(exit, 2, words[0]);
    assert.match(text, /^daybook\.yml:\d+:\d+: /);
  }
});

test('list and show say what is kept', async (t) => {
  const root = await newInstance(t, { ...report('bad', 'select 1', 'ownr: x\n'), ...report('wrong', 'select nothing from orders') });
  assert.match((await daybook(root, ['list'])).text, /^team\/good   –      never     now       At 06:00 \(UTC\)$/m);
  assert.deepEqual((JSON.parse((await daybook(root, ['list', '--json'])).out) as { nextDue?: string }[]).map(({ nextDue }) => nextDue), ['2026-01-08T06:00Z', '2026-01-08T06:00Z', undefined]);
  await refresh(root, ['wrong']);
  assert.match((await daybook(root, ['show', 'wrong'])).text, /^no snapshot of team\/wrong is kept: its last run, 2026-01-08T07:00:00Z, failed \(query-failed\)\n {2}→ `npx daybook run team\/wrong`/);
  assert.match((await daybook(root, ['show', 'bad'])).text, /^team\/bad has never run: [^]*`npx daybook validate team\/bad`/);
  await refresh(root, ['good']);
  const list = await daybook(root, ['list']);
  assert.equal(list.text, `REPORT      AS OF       LAST RUN   NEXT DUE           SCHEDULE
team/good   2026-01-07  succeeded  2026-01-09T06:00Z  At 06:00 (UTC)
team/wrong  –           failed     2026-01-09T06:00Z  At 06:00 (UTC)
team/bad    –           broken     –                  see \`npx daybook validate\`
`);
  assert.equal((await daybook(root, ['show', 'good'])).text, 'team/good@2026-01-07.v1  published; kept 2026-01-08T07:00:00Z in ledger entry 2\n');
  const shown = await daybook(root, ['show', 'good@2026-01-07']);
  assert.match(shown.text, /^team\/good@2026-01-07\.v1\n {2}standing {2}published\n {2}rows {6}6 \(\d+ bytes\) {2}snapshots\/2026\/01\/07\/v1\/team\/good\.csv\n/);
  assert.match(shown.text, /\n {2}source {4}orders: data\/orders\.csv \(141 bytes, sha256:[0-9a-f]{64}\)\n {2}orders = 210 \(2026-01-07\)\n$/);
  assert.equal((await daybook(root, ['show', 'good@2026-01-07.v1', '--rows'])).out, BASE['data/orders.csv']);
  assert.equal((await daybook(root, ['show', 'good@2026-01-07', '--json'])).out, await readFile(path.join(root, 'snapshots/2026/01/07/v1/team/good.json'), 'utf8'));
  for (const word of ['good@2026-01-06', 'good@2026-01-07.v2', 'good@soon']) assert.match((await daybook(root, ['show', word])).text, /\[snapshot-unknown\]\n$/);
});

test('run shows a result and commits nothing', async (t) => {
  const root = await newInstance(t);
  const head = await git(root, 'rev-parse', 'HEAD');
  const said = await daybook(root, ['run', 'good']);
  assert.equal(said.code, 0);
  assert.match(said.out, /^team\/good@2026-01-07: 6 rows in \d+ ms\n {2}orders = 210 \(2026-01-07\)\n {2}\| day,region,orders\n {2}\| 2026-01-05,north,120\n/);
  const json = JSON.parse((await daybook(root, ['run', 'good', '--json'])).out) as { report: string; asOf: string; rows: { count: number } }[];
  assert.deepEqual(json.map(({ report: id, asOf, rows }) => [id, asOf, rows.count]), [['team/good', '2026-01-07', 6]]);
  assert.equal(await git(root, 'rev-parse', 'HEAD'), head);
  assert.equal(await git(root, 'status', '--porcelain'), '');
});

test('a clone becomes an instance of one’s own, and loses nothing that is not committed', async (t) => {
  const root = await newInstance(t);
  await addCode(root);
  await refresh(root);
  await commit(root);
  await addPackages(root);
  const own = (words: string[]) => spawnDaybook(root, words, { script: path.join(root, 'scripts/daybook.mjs') });

  await write(root, { 'reports/team/mine.yml': 'title: Mine\n' });
  const refused = await own(['init', '--title', 'Our numbers']);
  assert.deepEqual([refused.code, refused.text], [3, 'reports/team/mine.yml is not committed and would be lost\n  → Commit or stash it, or say --yes. [wrong-use]\n']);
  assert.equal(await readFile(path.join(root, 'reports/team/mine.yml'), 'utf8'), 'title: Mine\n');
  await git(root, 'clean', '-fdq', 'reports');

  const made = await own(['init', '--title', 'Our numbers: "Q1"', '--team', 'sales']);
  assert.equal(made.code, 0, made.text);
  assert.match(made.out, /Next:\n/);
  assert.deepEqual((await readdir(path.join(root, 'reports'))), ['sales']);
  assert.ok(!(await readdir(root)).includes('snapshots'));
  assert.match(await readFile(path.join(root, 'daybook.yml'), 'utf8'), /^title: "Our numbers: \\"Q1\\""\ninstance: our-numbers-q1 /m);
  assert.equal((await own(['validate'])).text, '1 report, 1 source: all well.\n');
  const early = await own(['refresh', '--no-build']);
  assert.deepEqual([early.code, early.text], [2, 'the last commit holds the ledger of "test", and not yet the instance "our-numbers-q1"\n  → Commit the new instance first: `git add -A && git commit`. [git-no-commit]\n']);
  const run = await own(['run', 'first']);
  assert.equal(run.code, 0, run.text);
  await commit(root, 'Our own');
  const kept = await own(['refresh', '--no-build']);
  assert.equal(kept.code, 0, kept.text);
  assert.match(kept.out, /^kept sales\/first@2026-01-07\.v1$/m);
  assert.match(await readFile(path.join(root, 'snapshots/ledger/checkpoint'), 'utf8'), /^our-numbers-q1\n1\n/);
});

test('a command below the root is one in the root; paths that a person gives begin where they stand', async (t) => {
  const root = await newInstance(t, { 'reports/team/mine.sql': 'select day, region, orders from orders', 'data/more.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const below = path.join(root, 'reports/team');
  assert.equal((await spawnDaybook(below, ['validate'])).text, '1 report, 1 source: all well.\n');
  const own = await spawnDaybook(below, ['new', 'mine', '--sql', 'mine.sql', '--owner', 'me@example.org']);
  assert.equal(own.code, 0, own.text);
  const more = await spawnDaybook(below, ['new', 'more', '--data', '../../data/more.csv', '--owner', 'me@example.org']);
  assert.equal(more.code, 0, more.text);
  assert.match(await readFile(path.join(root, 'queries/sources/more.yml'), 'utf8'), /^files: data\/more\.csv$/m);
  const reviewed = await spawnDaybook(below, ['review', '--out', 'review']);
  assert.match(reviewed.text, /team\/mine/);
  assert.ok((await readdir(path.join(below, 'review'))).includes('review.json'));
  assert.match((await spawnDaybook(below, ['init', '--title', 'x'])).text, /this is not the root of the clone\n {2}→ Run it there: cd \.\.\/\.\.\n?/);
  // A repository of its own below it is none of the instance.
  await write(root, { 'other/file': '' });
  await git(path.join(root, 'other'), 'init', '-q', '-b', 'main');
  await git(path.join(root, 'other'), 'commit', '-q', '--allow-empty', '-m', 'x');
  assert.match((await spawnDaybook(path.join(root, 'other'), ['run'])).text, /there is no daybook\.yml here\n {2}→ Run the command in the folder that holds daybook\.yml, or below it/);
  const none = await spawnDaybook(path.join(root, 'other'), ['review']);
  assert.match(none.text, /there is no daybook\.yml in it\n {2}→ Run the command in the folder that holds daybook\.yml/);
});

test('an instance’s names may look like numbers, and its exports are not written over', async (t) => {
  const root = await newInstance(t);
  await write(root, { 'package.json': '{ "dependencies": {} }\n' });
  await commit(root);
  for (const [title, team] of [['2024', '2024'], ['null', 'null'], ['---', 'true'], ['0x1f', '1e3']] as const) {
    const made = await daybook(root, ['init', '--title', title, '--team', team, '--yes']);
    assert.equal(made.code, 0, made.text);
    assert.equal((await daybook(root, ['validate'])).text, '1 report, 1 source: all well.\n', title);
  }
  // Reports that are proposed later take over the owner of those that are there.
  for (const [address, owner] of [['ann@shop.test', /^owner: ann@shop\.test$/m], ['', /^owner: you@example\.org$/m]] as const) {
    await git(root, 'config', 'user.email', address);
    await daybook(root, ['init', '--title', 'Shop', '--team', 'sales', '--yes']);
    assert.match(await readFile(path.join(root, 'reports/sales/first.yml'), 'utf8'), owner);
  }
  assert.equal((await daybook(root, ['init', '--title', 'Büro Köln: SaaS', '--yes'])).code, 0);
  assert.match(await readFile(path.join(root, 'daybook.yml'), 'utf8'), /^instance: buero-koeln-saas /m);
  await git(root, 'checkout', '-q', '--', '.');
  await git(root, 'clean', '-fdq');
  const mine = 'day,orders\n2026-01-05,1\n';
  const lost = 'data/orders.csv is not committed and would be lost\n';
  await write(root, { 'data/orders.csv': mine });
  assert.ok((await daybook(root, ['init', '--title', 'x'])).text.startsWith(lost), 'changed');
  await git(root, 'rm', '-q', '--cached', 'data/orders.csv');
  await write(root, { '.gitignore': '.daybook/\ndist/\ndata/\n' });
  await commit(root);
  assert.ok((await daybook(root, ['init', '--title', 'x'])).text.startsWith(lost), 'ignored');
  assert.equal(await readFile(path.join(root, 'data/orders.csv'), 'utf8'), mine);
});

test('data cannot speak to the terminal or to the CI system', async (t) => {
  const root = await newInstance(t, report('loud', 'select 1 as n, chr(27) || \'[2J\' || chr(10) || \'::add-mask::x\' || chr(13) || chr(8238) as text', 'key: [n]\n'));
  const said = await daybook(root, ['run', 'loud']);
  assert.equal(said.code, 0);
  assert.match(said.out, /\n {2}\| 1,"␛\[2J\n {2}\| ::add-mask::x␍�"\n/);
  assert.doesNotMatch(said.out, /(?!\n)\p{Cc}|\p{Bidi_Control}|^\s*::/mu);
});
