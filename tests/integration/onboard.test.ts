import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { MARKER } from '../../src/review/onboard/issue-text.ts';
import { commit, daybook, git, write } from './instance.ts';
import { answerOf, BRANCH, GOOD, ISSUE, propose, read, setting, SQL, type Filled, type Setting } from './onboard-fixture.ts';

test('a filled-in form becomes a pull request whose branch is valid and runs; the issue says so, and the review is started', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  const said = await read(root, { ...GOOD, key: 'region, day', narrative: 'High is **good**.' });
  assert.equal(said.text, '#12: team/orders-all-of-them runs, 6 rows\n');
  assert.equal(await git(root, 'status', '--porcelain'), '', 'the first job writes nothing into the instance');

  assert.equal((await propose(here)).text, '#12: https://host.example/team/reports/pull/1 proposes team/orders-all-of-them\n');
  assert.deepEqual(host.violations, []);
  const files = (await git(bare, 'diff', '--name-status', 'main', BRANCH)).split('\n');
  assert.deepEqual(files, ['A\tqueries/team/orders-all-of-them.sql', 'A\treports/team/orders-all-of-them.md', 'A\treports/team/orders-all-of-them.yml']);
  const [pull] = host.pulls;
  assert.deepEqual([pull!.branch, pull!.base, pull!.title], [BRANCH, 'main', 'Add report team/orders-all-of-them']);
  assert.match(pull!.body, /^Closes #12\.\n/);
  const head = await git(bare, 'rev-parse', BRANCH);
  assert.deepEqual(host.telling.dispatched, [{ workflow: 'review.yml', ref: 'main', inputs: { head, pull: '1' } }]);
  assert.match(host.commentsOn(ISSUE)[0]!.body, /^<!-- daybook: new report -->\n\*\*#1 proposes the report `team\/orders-all-of-them`\*\*: 6 rows as of `2026-01-07`\.[^]*orders = 210 \(2026-01-07\)/);

  await git(root, 'fetch', '-q', 'origin', BRANCH);
  await git(root, 'checkout', '-q', 'FETCH_HEAD');
  assert.match(await readFile(path.join(root, 'reports/team/orders-all-of-them.yml'), 'utf8'), /^title: "Orders: all of them"\n[^]*^description: "Orders by day and region\."\n[^]*^key: \[region, day\] {3}# unique in 6 of 6 rows/m);
  assert.match((await daybook(root, ['validate'])).text, /all well/);
  assert.equal((await daybook(root, ['run', 'orders-all-of-them'])).code, 0);
});

test('an app opens the pull request, whose workflows the host then starts by itself', async (t) => {
  const here = await setting(t);
  await read(here.root, GOOD);
  assert.equal((await propose(here)).code, 0);
  assert.match(here.host.pulls[0]!.body, /Approve workflows to run/);
  const other = await setting(t);
  await read(other.root, GOOD);
  assert.equal((await propose(other, '--as', 'opener[bot]')).code, 0);
  assert.doesNotMatch(other.host.pulls[0]!.body, /Approve workflows/);
  assert.deepEqual([here.host.telling.dispatched.length, other.host.telling.dispatched.length], [1, 0]);
});

test('an instance without the workflow Review has nothing to start; another refusal is told', async (t) => {
  const here = await setting(t);
  await read(here.root, GOOD);
  const start = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches';
  here.host.before(start, () => ({ status: 404, body: { message: 'Not Found' } }));
  assert.deepEqual(await propose(here).then(({ code, text }) => [code, text]), [0, '#12: https://host.example/team/reports/pull/1 proposes team/orders-all-of-them; there is no review.yml to start\n']);
  here.host.before(start, () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }));
  assert.equal((await propose(here)).code, 2);
});

test('a form that somebody else has edited is answered where that one may write', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  host.issues.set(ISSUE, 'eve');
  await read(root, GOOD);
  const refused = await propose(here, '--edited-by', 'mallory');
  assert.deepEqual([refused.code, refused.text], [0, '#12: mallory has edited the form, who is neither its author nor may write here: nothing was done\n']);
  assert.deepEqual([host.pulls.length, host.commentsOn(ISSUE).length, await git(bare, 'for-each-ref', 'refs/heads/onboard')], [0, 0, '']);
  for (const login of ['', 'eve', 'ben']) assert.match((await propose(here, '--edited-by', login)).text, /proposes team\/orders-all-of-them/, login);
});

test('again changes nothing; an edited issue makes the branch anew, with one pull request and one comment', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  await read(root, GOOD);
  await propose(here);
  const first = await git(bare, 'rev-parse', BRANCH);
  assert.equal((await propose(here)).code, 0);
  assert.equal(await git(bare, 'rev-parse', BRANCH), first);

  // Somebody copies the marker: it is not the job's comment.
  host.telling.comment(ISSUE, 'mallory', `${MARKER}\nDone.`);
  await read(root, { ...GOOD, sql: `${SQL} and region = 'north'` }, '2026-01-08T08:00:00Z');
  assert.equal((await propose(here)).code, 0);
  const second = await git(bare, 'rev-parse', BRANCH);
  assert.notEqual(second, first);
  assert.equal(await git(bare, 'rev-list', '--count', `main..${BRANCH}`), '1');
  assert.equal(host.pulls.length, 1);
  assert.deepEqual(host.commentsOn(ISSUE).map(({ body }) => body.split('\n')[1]!.slice(0, 12)), ['**#1 propose', 'Done.']);
  assert.match(host.commentsOn(ISSUE)[0]!.body, /: 3 rows/);

  // Somebody runs the job of the first form again.
  await read(root, GOOD);
  const late = await propose(here);
  assert.deepEqual([late.code, await git(bare, 'rev-parse', BRANCH), host.commentsOn(ISSUE).length], [0, second, 2]);
  assert.match(late.out, /^#12: a later state of the form is answered already: nothing was done$/m);
  assert.match(host.commentsOn(ISSUE)[0]!.body, /: 3 rows/);
});

test('the answer to an earlier state of a form, wrong or right, does not take the place of that to a later one', async (t) => {
  const here = await setting(t);
  const { root, host } = here;
  const [wrong, later] = [{ ...GOOD, team: 'teams' }, '2026-01-08T08:00:00Z'];
  const answered = async (form: Filled, changed?: string): Promise<string> => {
    await read(root, form, changed);
    assert.equal((await propose(here)).code, 0);
    return host.commentsOn(ISSUE)[0]!.body;
  };
  assert.match(await answered(wrong, later), /No pull request yet/);
  assert.match(await answered(GOOD), /No pull request yet/);
  assert.equal(host.pulls.length, 0, 'what was asked for before is asked for no more');
  assert.match(await answered(GOOD, '2026-01-08T09:00:00Z'), /proposes the report/);
  assert.match(await answered(wrong, later), /proposes the report/);
  assert.match(await answered(wrong, '2026-01-08T10:00:00Z'), /No pull request yet/);
});

test('what a job of a fresh runner has, a clone of one commit, is enough', async (t) => {
  const { root, bare, host } = await setting(t);
  await commit(root, 'Another commit, so that the clone is cut');
  await git(root, 'push', '-q', 'origin', 'main');
  const runner = path.join(root, '../runner');
  await git(root, 'clone', '-q', '--depth=1', `file://${bare}`, runner);
  for (const [sql, rows] of [[SQL, 6], [`${SQL} and region = 'north'`, 3]] as const) {
    await read(runner, { ...GOOD, sql });
    assert.equal((await answerOf(runner)).made?.rows, rows);
    const said = await propose({ root: runner, bare, host });
    assert.equal(said.code, 0, said.text);
  }
  assert.equal(await git(bare, 'rev-list', '--count', `main..${BRANCH}`), '1');
});

test('a branch that a person has committed to, and a pull request that is merged or closed, stay as they are', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  await read(root, GOOD);
  await propose(here);
  const clone = path.join(root, '../clone');
  await git(root, 'clone', '-q', '-b', BRANCH, bare, clone);
  await write(clone, { 'reports/team/orders-all-of-them.md': 'Better words.\n' });
  const theirs = await commit(clone, 'Better words');
  await git(clone, 'push', '-q', 'origin', BRANCH);
  await read(root, { ...GOOD, title: 'Another' });
  assert.equal((await propose(here)).text, '#12: pull request 1 is somebody else’s by now\n');
  assert.equal(await git(bare, 'rev-parse', BRANCH), theirs);
  assert.match(host.commentsOn(ISSUE)[0]!.body, /Somebody has committed to the branch of #1/);

  host.close(1, 'ben');
  assert.equal((await propose(here)).text, '#12: pull request 1 is closed\n');
  assert.match(host.commentsOn(ISSUE)[0]!.body, /closed without a merge/);
  assert.equal(host.pulls.length, 1);
});

test('what is wrong is answered in the words of the form, and nothing is pushed', async (t) => {
  const here = await setting(t, { 'data/more.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const { root, bare, host } = here;
  const cases: [filled: Filled, field: string | null, line: number | null, message: RegExp, remedy: RegExp][] = [
    [{ team: 'teams' }, 'Team', null, /no team "teams"; did you mean "team"/, /Teams: team\./],
    [{ sql: 'select day,\n  ordres\nfrom orders' }, 'SQL', 2, /ordres/, /./],
    [{ sql: "select * from read_csv('/etc/passwd')" }, 'SQL', null, /read_csv/, /./],
    [{ sql: 'select 1; drop table orders' }, 'SQL', null, /2 statements/, /one SELECT/],
    [{ sql: 'select * from nothing' }, 'SQL', null, /nothing/, /./],
    [{ sources: 'orders, absent' }, 'Sources', null, /no source "absent"/, /Known: orders/],
    [{ schedule: 'each morning' }, 'Schedule', null, /each morning/, /“Schedule”/],
    [{ key: 'region' }, 'Key', null, /do(es)? not identify a row/, /key/],
    [{ key: 'regoin' }, 'Key', null, /column "regoin", which the query does not return; did you mean "region"|column "regoin"/, /./],
    [{ template: 'okr' }, 'Template', null, /makes its own query/, /“Data file”/],
    [{ data: 'data/more.csv' }, 'Data file', null, /the query does not read data\/more\.csv/, /“Data file”/],
    [{ sql: '' }, 'SQL', null, /neither SQL nor a data file/, /or both/],
    [{ sql: '', data: '/etc/passwd' }, null, null, /outside/, /./],
    [{ id: 'team/good' }, null, null, /exists, and is not written over/, /another id/],
    [{ id: '../../.github/x' }, 'Id', null, /cannot be part of a report’s id/, /./],
  ];
  for (const [filled, field, line, message, remedy] of cases) {
    const all: Filled = { ...GOOD, ...filled };
    if (all.sql === '') delete all.sql;
    assert.equal((await read(root, all)).code, 0);
    const { made, problems } = await answerOf(root);
    const what = JSON.stringify({ filled, problems });
    assert.equal(made, null, what);
    assert.equal(problems.length, 1, what);
    assert.match(problems[0]!.message, message, what);
    assert.match(problems[0]!.remedy, remedy, what);
    assert.deepEqual([problems[0]!.field, line && problems[0]!.line], [field, line], what);
    assert.doesNotMatch(what.replace(JSON.stringify(filled), ''), /--[a-z]|daybook-onboard-|query\.sql/, what);
  }
  const said = await propose(here);
  assert.equal(said.text, '#12: what is wrong is told (1)\n');
  assert.match(host.commentsOn(ISSUE)[0]!.body, /\*\*No pull request yet\.\*\* One thing has to be put right/);
  assert.deepEqual(host.pulls, []);
  assert.equal(await git(bare, 'branch', '--list', 'onboard/*'), '');
});

test('all that is wrong is answered at once, so that one edit is enough', async (t) => {
  const { root } = await setting(t);
  await read(root, { ...GOOD, team: 'teem', schedule: 'every monday', sql: SQL.replace('orders', 'ordres'), template: 'kpy' });
  const { made, problems } = await answerOf(root);
  assert.equal(made, null);
  assert.deepEqual(new Set(problems.map(({ field }) => field)), new Set(['Template', 'Team', 'Schedule', 'SQL']));
  assert.match(problems.find(({ field }) => field === 'SQL')!.message, /"ordres"/);
  // What stands in for a team that is none is nobody's mistake.
  await read(root, { ...GOOD, title: 'Good', team: 'teem' });
  assert.deepEqual((await answerOf(root)).problems.map(({ field }) => field), ['Team']);
});

test('a data file alone is enough: its source comes with the report', async (t) => {
  const { root } = await setting(t, { 'data/more.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const { sql: _, ...rest } = GOOD;
  assert.equal((await read(root, { ...rest, data: 'data/more.csv' })).text, '#12: team/orders-all-of-them runs, 2 rows\n');
  assert.deepEqual(Object.keys((await answerOf(root)).made!.files), ['queries/sources/more.yml', 'queries/team/orders-all-of-them.sql', 'reports/team/orders-all-of-them.yml']);
});

test('SQL over a data file: the source comes too; without an owner, the team’s one, else who has asked', async (t) => {
  const { root } = await setting(t, { 'data/more.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const { owner: _, ...rest } = GOOD;
  const filled = { ...rest, sql: 'select day, n from numbers where day <= $as_of', data: 'data/more.csv' };
  const report = async (): Promise<string> => (await answerOf(root)).made!.files['reports/team/orders-all-of-them.yml']!;
  assert.equal((await read(root, filled)).text, '#12: team/orders-all-of-them runs, 2 rows\n');
  assert.deepEqual(Object.keys((await answerOf(root)).made!.files), ['queries/sources/numbers.yml', 'queries/team/orders-all-of-them.sql', 'reports/team/orders-all-of-them.yml']);
  const [, known] = /^owner: (.*)$/m.exec(await readFile(path.join(root, 'reports/team/good.yml'), 'utf8'))!;
  assert.match(await report(), new RegExp(`^owner: "?${known}"?$`, 'm'));
  await write(root, { 'reports/team/other.yml': (await readFile(path.join(root, 'reports/team/good.yml'), 'utf8')).replace(/^owner: .*$/m, 'owner: zoe@example.org'), 'queries/team/other.sql': SQL });
  await read(root, filled);
  assert.match(await report(), /^owner: "@ann"$/m);
});

test('the data file may be left empty: the one file with the query’s columns is taken; where several fit, they are listed, and nobody’s address in Git is taken for the owner', async (t) => {
  const { root } = await setting(t, { 'data/more.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n', 'reports/team/other.yml': '', 'queries/team/other.sql': SQL });
  await git(root, 'config', 'user.email', 'runner@example.org');
  await write(root, { 'reports/team/other.yml': (await readFile(path.join(root, 'reports/team/good.yml'), 'utf8')).replace(/^owner: .*$/m, 'owner: zoe@example.org') });
  const { owner: _, ...rest } = GOOD;
  const filled = { ...rest, sql: '-- Not the title\nselect day, n from numbers where day <= $as_of' };
  await read(root, filled);
  const { made } = await answerOf(root);
  assert.match(made!.files['queries/sources/numbers.yml']!, /^files: data\/more\.csv {3}# taken for this table: the only file with its columns$/m);
  assert.match(made!.files['reports/team/orders-all-of-them.yml']!, /^title: "Orders: all of them"\nteam: team\nowner: "@ann"$/m);
  await write(root, { 'data/again.csv': 'day,n\n2026-01-05,1\n' });
  await read(root, filled);
  const { problems } = await answerOf(root);
  assert.deepEqual([problems.length, problems[0]!.field, problems[0]!.message, problems[0]!.remedy], [1, 'SQL', '"numbers" is no source; 2 data files fit: data/more.csv, data/again.csv', 'Say which: “Data file” numbers=data/more.csv.']);
  await read(root, { ...filled, data: 'numbers=data/again.csv' });
  assert.match((await answerOf(root)).made!.files['queries/sources/numbers.yml']!, /^files: data\/again\.csv$/m);
});

test('an answer that no job of ours would give opens nothing, and whoever asked is told', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  await read(root, GOOD);
  const whole = await readFile(path.join(root, '../answer.json'), 'utf8');
  const broken: [text: string | null, reason: RegExp][] = [
    [null, /left no answer/],
    ['{', /not what Daybook makes/],
    [whole.replace('"issue": 12', '"issue": 13'), /to issue 13, not to 12/],
    [whole.replaceAll('queries/team/orders-all-of-them.sql', '.github/workflows/ci.yml'), /there is no queries/],
  ];
  for (const [text, reason] of broken) {
    await writeFile(path.join(root, '../other.json'), text ?? '');
    const file = text === null ? '../absent.json' : '../other.json';
    const said = await daybook(root, ['onboard', '--propose', path.join(root, file), '--issue', String(ISSUE)], { env: host.env });
    assert.equal(said.code, 2, said.text);
    assert.match(said.text, reason);
    assert.match(said.text, /answer-broken/);
  }
  assert.match(host.commentsOn(ISSUE)[0]!.body, /the job ended before it had an answer/);
  assert.equal(host.commentsOn(ISSUE).length, 1);

  // Valid, and over a file that came to the branch meanwhile.
  await write(root, { 'queries/team/orders-all-of-them.sql': 'select 1 as n\n' });
  await commit(root);
  assert.equal((await propose(here)).text, '#12: what exists already is told (queries/team/orders-all-of-them.sql)\n');
  assert.equal(await git(bare, 'branch', '--list', 'onboard/*'), '');
  assert.deepEqual(host.pulls, []);
});

test('without a token, without a whole step: told, and nothing is done', async (t) => {
  const { root } = await setting(t);
  await read(root, GOOD);
  assert.match((await propose({ root, host: { env: {} } } as Setting)).text, /no token[^]*host-failed/);
  assert.equal((await daybook(root, ['onboard', '--event', 'event.json'])).code, 3);
  await writeFile(path.join(root, '../event.json'), '{"action":"opened"}');
  assert.match((await daybook(root, ['onboard', '--event', path.join(root, '../event.json'), '--out', path.join(root, '../answer.json')])).text, /not that of an issue/);
});
