import assert from 'node:assert/strict';
import { readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { newReport } from '../../scripts/new.ts';
import { readYaml } from '../../src/report/yaml.ts';
import { git, newInstance, quietWorld, write } from './instance.ts';
import { shared } from './propose-fixture.ts';

test('on a terminal a wrong answer is told, and asked for again; what was typed stays', async (t) => {
  const root = await newInstance(t, { 'daybook.yml': 'title: Test\ninstance: test\nteams: { team: { title: Team }, service: { title: Service } }\nsource_roots: [data]\n', 'data/x.csv': 'day,n\n2026-01-01,1\n2026-01-02,2\n' });
  const told: string[] = [];
  const answers: { [question: string]: string[] } = { 'SQL or data file': ['data/y.csv', 'data/x.csv'], 'Team (team, service)': ['servise', 'service'], Title: ['x'.repeat(161), 'Numbers'], 'What it shows': ['  ', 'What it shows.'], 'Owner (an address or a handle)': ['', 'me'] };
  assert.equal(await newReport(quietWorld(root), [], {}, async (question, suggested, above = []) => {
    told.push(...above);
    return Promise.resolve(answers[question]?.shift() ?? suggested ?? '');
  }), 0);
  assert.deepEqual(told.filter((line) => !line.startsWith('  →')), ['data/y.csv does not exist', 'there is no team "servise"; did you mean "service"?', 'the title has 161 characters; at most 160 are allowed', 'What it shows is not given', 'Owner (an address or a handle) is not given']);
  const { title, team, owner, description } = readYaml(await readFile(path.join(root, 'reports/service/x.yml'), 'utf8'), 'x.yml').value as { [key: string]: string };
  assert.deepEqual([title, team, owner, description], ['Numbers', 'service', 'me', 'What it shows.']);
});

test('on a terminal it asks for what is missing', async (t) => {
  const root = await newInstance(t, { 'data/x.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const asked: string[] = [];
  const answers = ['data/x.csv', 'Numbers'];
  const exit = await newReport(quietWorld(root), [], {}, async (question, suggested) => {
    asked.push(question);
    return answers.shift() ?? suggested ?? '';
  });
  assert.equal(exit, 0);
  assert.deepEqual(asked, ['SQL or data file', 'Title', 'What it shows']);
  assert.match(await readFile(path.join(root, 'reports/team/x.yml'), 'utf8'), /^title: Numbers$[^]*^description: "?N by day, from data\/x\.csv\."? {3}# say what it shows/m);
});

const TWO_TEAMS = { 'daybook.yml': 'title: Test\ninstance: test\nteams: { team: { title: Team }, tools: { title: Tools }, service: { title: Service } }\nsource_roots: [data]\n' };
const SQL = 'SELECT day, region, orders FROM orders WHERE day <= $as_of\n';

/** Answers in order; Enter when they are used up. */
function typed(...answers: string[]) {
  const asked: [question: string, suggested: string | undefined, above: readonly string[]][] = [];
  const ask = async (question: string, suggested?: string, above: readonly string[] = []): Promise<string> => {
    asked.push([question, suggested, above]);
    return answers.shift() || suggested || '';
  };
  return { asked, ask };
}

test('what Git does not know yet is offered: SQL that no report runs, the newest first, else data that no source reads; a number chooses', async (t) => {
  const { mine } = await shared(t);
  await write(mine, { 'a/orders-daily.sql': SQL, 'old.sql': 'SELECT 1', 'queries/macros/m.sql': 'CREATE MACRO m(x) AS x;', 'data/new.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n', '.gitignore': '.daybook/\ndist/\nscratch.sql\n', 'scratch.sql': SQL });
  await utimes(path.join(mine, 'a/orders-daily.sql'), 1_767_000_000, 1_767_000_000);
  const first = typed('2');
  assert.equal(await newReport(quietWorld(mine), [], { dryRun: true }, first.ask), 0);
  assert.deepEqual(first.asked[0], ['SQL or data file', 'old.sql', ['New here:', '  1  old.sql', '  2  a/orders-daily.sql']]);
  assert.deepEqual(first.asked.slice(1).map(([question, suggested]) => [question, suggested]), [['Title', 'Orders by day'], ['What it shows', 'Orders by day and region, from orders.']]);

  await git(mine, 'add', '-A');
  await git(mine, 'commit', '-qm', 'Drafts');
  await write(mine, { 'data/newer.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n', 'other/x.csv': 'n\n1\n' });
  const second = typed();
  assert.equal(await newReport({ ...quietWorld(mine), here: path.join(mine, 'data') }, [], { dryRun: true }, second.ask), 0);
  assert.deepEqual(second.asked[0], ['SQL or data file', 'newer.csv', []], 'one is suggested, named from where the person stands');
});

test('the beginning of a team’s name is enough where no other begins so; what is wrong with the query is told before anything is typed', async (t) => {
  const root = await newInstance(t, { ...TWO_TEAMS, 'x.sql': SQL, 'wrong.sql': 'SELECT nothing FROM orders\n' });
  const { asked, ask } = typed('t', 'te', 'Numbers');
  assert.equal(await newReport(quietWorld(root), ['x.sql'], { dryRun: true }, ask), 0);
  assert.deepEqual(asked.map(([question]) => question), ['Team (team, tools, service)', 'Team (team, tools, service)', 'Title', 'What it shows']);
  assert.match(asked[1]![2][0]!, /there is no team "t"/, 'two begin so');
  const wrong = typed('service');
  await assert.rejects(newReport(quietWorld(root), ['wrong.sql'], {}, wrong.ask), { code: 'query-failed' });
  assert.deepEqual(wrong.asked.map(([question]) => question), ['Team (team, tools, service)']);
});

test('after its numbers a person is asked whether to open the pull request; nobody is where there is no origin', async (t) => {
  const { mine, bare } = await shared(t, { 'x.sql': SQL });
  const last = 'Open its pull request now? (y, or Enter to look at its page first)';
  const heard: string[] = [];
  const world = { ...quietWorld(mine), out: (line: string) => void heard.push(line) };
  const looks = typed();
  assert.equal(await newReport(world, ['looked', 'x.sql'], {}, looks.ask), 0);
  assert.equal(looks.asked.at(-1)![0], last);
  assert.match(heard.at(-1)!, /^Next:\n {2}npx daybook start team\/looked /);
  const proposes = typed('', '', 'y');
  assert.equal(await newReport(world, ['proposed', 'x.sql'], {}, proposes.ask), 0);
  assert.equal(proposes.asked.at(-1)![0], last);
  assert.ok((await git(bare, 'branch', '--list')).includes('report/team-proposed'));
  for (const said of [{ json: true }, { yes: true }, { dryRun: true }]) {
    const { asked, ask } = typed();
    await newReport(quietWorld(mine), [`n${Object.keys(said)[0]!.toLowerCase()}`, 'x.sql'], said, ask);
    assert.ok(!asked.some(([question]) => question === last), JSON.stringify(said));
  }
  await git(mine, 'remote', 'remove', 'origin');
  const alone = typed();
  assert.equal(await newReport(quietWorld(mine), ['alone', 'x.sql'], {}, alone.ask), 0);
  assert.ok(!alone.asked.some(([question]) => question === last));
});
