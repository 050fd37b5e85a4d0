import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { candidatesOf } from '../../scripts/new/candidates.ts';
import { newReport } from '../../scripts/new.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { BASE, daybook, git, newInstance, quietWorld, report, type Files } from './instance.ts';

const OWNER = ['--owner', 'me@example.org'];
const STRIKES = 'Flight Date,Wildlife Size,Cost\n2026-01-05,Small,10\n2026-01-06,Large,20\n2026-01-07,Small,5\n';
const SQL = '-- Strikes by day\n-- What animals did to aircraft, by day and size.\nselect "Flight Date" as day, "Wildlife Size" as size, sum("Cost") as cost from strikes where "Flight Date" <= $as_of group by all';
/** Near, and none of it: a column too few, another type, a link, a source’s file, results, hidden ones. */
const NEAR: Files = {
  'data/birdstrikes-old.csv': 'Flight Date,Wildlife Size\n2026-01-05,Small\n',
  'data/strikes_as_text.json': '[{"Flight Date":"5 Jan","Wildlife Size":"Small","Cost":"much"}]',
  'data/described.csv': STRIKES, 'queries/sources/described.yml': 'files: data/described.csv\n',
  'snapshots/x.csv': STRIKES, 'data/.hidden.csv': STRIKES, 'data/node_modules/x.csv': STRIKES, 'data/no rows.json': '{"type":"x"}', 'data/bytes.parquet': new Uint8Array([1, 2, 3]),
};

async function yaml(root: string, file: string): Promise<string> {
  return readFile(path.join(root, file), 'utf8');
}

test('SQL alone becomes a report: the one file with its columns is taken, which the output, the JSON and the source say; words come from the comment, the owner from Git', async (t) => {
  const root = await newInstance(t, { 'daybook.yml': String(BASE['daybook.yml']).replace('teams: { team: { title: Team } }', 'teams: { team: { title: Team }, birds: { title: Birds } }').replace('[data]', '[., data]'), ...NEAR, 'data/2026/birds.csv': STRIKES, 'birds/strikes-daily.sql': SQL });
  await symlink(path.join(root, 'data/2026/birds.csv'), path.join(root, 'data/strikes-link.csv'));
  await git(root, 'config', 'user.email', 'ann@example.org');
  const said = await daybook(root, ['new', '--sql', 'birds/strikes-daily.sql']);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /^birds\/strikes-daily@2026-01-07: 3 rows/m);
  const note = 'strikes is read from data/2026/birds.csv, the only file whose columns have the types that the query needs (data/strikes_as_text.json has their names)';
  for (const one of [note, 'the owner is ann@example.org, your address in Git', 'from the comment of the query: the title “Strikes by day” and the description “What animals did to aircraft, by day and size.”']) assert.ok(said.out.includes(`note: ${one}`), said.out);
  assert.ok((await yaml(root, 'queries/sources/strikes.yml')).includes('\n# taken for this table: the only file whose columns have the types that the query needs (data/strikes_as_text.json has their names)\nfiles: data/2026/birds.csv\n'));
  assert.match(await yaml(root, 'reports/birds/strikes-daily.yml'), /^title: Strikes by day\nteam: birds\nowner: "ann@example\.org"$/m);
  assert.match((await daybook(root, ['run', 'strikes-daily'])).text, /birds\/strikes-daily@2026-01-07/);
  const json = await daybook(root, ['new', 'birds/again', '--sql', 'birds/strikes-daily.sql', '--dry-run', '--json']);
  assert.deepEqual((JSON.parse(json.out) as { notes: string[] }).notes.filter((one) => one.includes('is read from')), [], 'a source by now');
});

test('fresh data gets a promise of freshness that holds, and a file that lies around gets it as a suggestion', async (t) => {
  const days = (last: number): string => `day,n\n${Array.from({ length: 10 }, (_, index) => `2026-01-${String(last - 9 + index).padStart(2, '0')},${index}\n`).join('')}`;
  const root = await newInstance(t, { 'data/late.csv': days(10).replaceAll('2026-01', '2025-12'), 'data/live.csv': days(10), 'a.sql': 'select day, n from live', 'old/b.sql': 'select day, n from late' });
  const now = { now: '2026-01-11T07:00:00Z' };
  const said = await daybook(root, ['new', '--sql', 'a.sql'], now);
  assert.equal(said.code, 0, said.text);
  assert.match(await yaml(root, 'queries/sources/live.yml'), /^# the newest 10 values of day lie at most 1 day apart: .*\nfreshness: \{ column: day, within: "36 hours" \}$/m);
  assert.match(await yaml(root, 'queries/sources/live.yml'), /^files: data\/live\.csv {3}# taken for this table: which has its name$/m);
  assert.doesNotMatch((await daybook(root, ['run', 'a'], now)).text, /warning/);
  assert.match((await daybook(root, ['run', 'a'], { now: '2026-01-14T07:00:00Z' })).text, /warning: live: newest row is 2026-01-10/);
  assert.equal((await daybook(root, ['import', 'old'], now)).code, 0);
  assert.match(await yaml(root, 'queries/sources/late.yml'), /^# freshness: \{ column: day, within: "36 hours" \} {3}# the newest row is older than that/m);
  assert.equal((await daybook(root, ['validate'])).code, 0);
});

test('several tables in one query: each gets the one file that fits, by name or by columns; `--data` names any of them', async (t) => {
  const sql = 'select o.day, r.title, sum(o.amount) as amount from sold o join areas r on r.area = o.area join orders on orders.day = o.day group by all';
  const root = await newInstance(t, { 'data/x1.csv': 'day,area,amount\n2026-01-05,1,7\n2026-01-06,2,8\n', 'data/areas.csv': 'area,title\n1,North\n2,South\n', 'data/areas-backup.csv': 'area,title\n1,North\n2,South\n', 'data/other.csv': 'day,amount\n2026-01-05,1\n', 'a.sql': sql, 'b.sql': sql.replace('areas r', 'regions r') });
  const said = await daybook(root, ['new', '--sql', 'a.sql', '--dry-run']);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /note: areas is read from data\/areas\.csv, which has its name\n.*note: sold is read from data\/x1\.csv, the only file with its columns\n/);
  const open = await daybook(root, ['new', '--sql', 'b.sql']);
  assert.match(open.text, /^b\.sql: "regions" is no source; 2 data files fit: data\/areas-backup\.csv, data\/areas\.csv\n {2}→ Say which: --data regions=data\/areas-backup\.csv\. \[source-unknown\]$/m);
  assert.equal(open.code, 2);
  for (const data of [['data/areas.csv'], ['data/x1.csv', 'regions=data/areas.csv']]) {
    const made = await daybook(root, ['new', '--sql', 'b.sql', '--json', '--dry-run', ...data.flatMap((one) => ['--data', one])]);
    assert.equal(made.code, 0, made.text);
    const { files } = JSON.parse(made.out) as { files: { [file: string]: string } };
    assert.match(files['queries/sources/regions.yml']!, /^files: data\/areas\.csv$/m, data.join(' '));
    assert.match(files['queries/sources/sold.yml']!, /^files: data\/x1\.csv( |$)/m);
  }
});

test('on a terminal: team, a list of the files that fit, title, what it shows and owner; Enter takes each suggestion, and so does --yes', async (t) => {
  const root = await newInstance(t, { 'daybook.yml': String(BASE['daybook.yml']).replace('teams: {', 'teams: { birds: { title: Birds },'), 'data/a.csv': STRIKES, 'data/birdstrikes.csv': STRIKES, 'birds/x.sql': SQL, 'mine/x.sql': SQL });
  await git(root, 'config', 'user.email', 'ann@example.org');
  const asked: (string | undefined)[][] = [];
  const enter = async (question: string, suggested?: string, above: readonly string[] = []): Promise<string> => {
    asked.push([question, suggested, ...above]);
    return suggested ?? '';
  };
  assert.equal(await newReport(quietWorld(root), [], { sql: 'birds/x.sql' }, enter), 0);
  assert.deepEqual(asked, [
    ['Team (birds, team)', 'birds'], ['Which one is it? (1 to 2)', '1', '2 data files fit the table strikes:', '  1  data/birdstrikes.csv', '  2  data/a.csv'],
    ['Title', 'Strikes by day'], ['What it shows', 'What animals did to aircraft, by day and size.'], ['Owner (an address or a handle)', 'ann@example.org'],
  ]);
  assert.match(await yaml(root, 'queries/sources/strikes.yml'), /^# taken for this table: chosen of 2 that fit: data\/birdstrikes\.csv, data\/a\.csv\nfiles: data\/birdstrikes\.csv$|^files: data\/birdstrikes\.csv {3}# taken for this table: chosen of 2 that fit/m);

  const fresh = await newInstance(t, { 'daybook.yml': String(BASE['daybook.yml']).replace('teams: {', 'teams: { birds: { title: Birds },'), 'data/a.csv': STRIKES, 'data/birdstrikes.csv': STRIKES, 'birds/x.sql': SQL, 'mine/x.sql': SQL });
  assert.match((await daybook(fresh, ['new', '--sql', 'mine/x.sql', '--yes'])).text, /Team \(birds, team\) is not given\n {2}→ Give --team/);
  assert.match((await daybook(fresh, ['new', '--sql', 'birds/x.sql', '--yes'])).text, /Owner \(an address or a handle\) is not given\n {2}→ Give --owner/);
  assert.match((await daybook(fresh, ['new', 'birds/x.sql', 'data/a.csv', ...OWNER])).text, /a report is made of one file, and birds\/x\.sql and data\/a\.csv are given\n {2}→ Give the SQL file alone/);
  assert.match((await daybook(fresh, ['new', 'birds', 'x', '--yes', ...OWNER])).text, /“birds” and “x” are both given as the report’s id/);
  const said = await daybook(fresh, ['new', 'birds/x.sql', '--yes', ...OWNER]);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /note: strikes is read from data\/birdstrikes\.csv, chosen of 2 that fit/);
});

test('a file whose dates and numbers are written as offices do is told by its form', async (t) => {
  const root = await newInstance(t, { 'data/umsatz.csv': 'Datum;Betrag\n05.01.2026;1.200,50\n06.01.2026;7,25\n', 'data/texte.csv': 'Datum,Betrag\nheute,viel\n', 'data/nested.json': '[{"s":{"depth":1,"place":"x"}},{"s":{"depth":2,"place":"y"}}]', 'b.sql': 'select place, depth from (select unnest(s) from quakes)', 'a.sql': 'select Datum as day, sum(Betrag) as amount from sales where month(Datum) = 1 group by all' });
  const said = await daybook(root, ['new', '--sql', 'a.sql', ...OWNER]);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /note: sales is read from data\/umsatz\.csv, the only file whose columns have the types/);
  // Columns that only the data names.
  assert.match((await daybook(root, ['new', '--sql', 'b.sql', '--dry-run', ...OWNER])).out, /note: quakes is read from data\/nested\.json, the only file with its columns/);
});

test('of a file whose first line is no header, nothing is proposed; a query that names its columns is taken, with a note', async (t) => {
  const root = await newInstance(t, { 'data/titled.csv': 'Sales by region,,\n,,\nday,region,n\n2026-01-05,north,1\n2026-01-06,north,2\n', 'data/bare.csv': '2026-01-05,north,1\n2026-01-06,north,2\n', 'a.sql': 'select "column1" as region, count(*) as n from titled group by all' });
  const titled = await daybook(root, ['new', 'data/titled.csv', ...OWNER]);
  assert.equal(titled.code, 2, titled.text);
  assert.match(titled.text, /^data\/titled\.csv:1: the first line names 1 of 3 columns: "Sales by region"\n {2}→ The header has to be the first line: take off titles and dates that stand above it\. \[source-broken\]/m);
  const bare = await daybook(root, ['new', 'data/bare.csv', ...OWNER]);
  assert.match(bare.text, /^data\/bare\.csv:1: the first line has values, such as "2026-01-05", where names of columns are expected\n {2}→ Put a line with the names of the columns above it\. \[source-broken\]/m);
  assert.equal(await git(root, 'status', '--porcelain', 'queries', 'reports'), '');
  assert.match((await daybook(root, ['new', '--sql', 'a.sql', ...OWNER])).out, /note: the first line names 1 of 3 columns/);
});

test('no guess: without a column that is named, without a file that fits, with too many files; a name that is near is told', async (t) => {
  const root = await newInstance(t, { 'data/only.csv': 'a\n1\n', 'count.sql': 'select count(*) as n from things', 'all.sql': 'select * from things', 'typo.sql': 'select count(*) as n from ordres', 'none.sql': 'select nothing from things', 'evil.sql': "select a, (select content from read_text('/etc/passwd')) from things", 'wrong.sql': 'select a from' });
  const cases: [string, RegExp][] = [
    ['count.sql', /"things" is no source; the query names no column of it, so that any data file fits: data\/only\.csv\n {2}→ Say which: --data things=data\/only\.csv/],
    ['all.sql', /the query names no column of it/],
    ['typo.sql', /"ordres" is no source; did you mean "orders"\?\n {2}→ Correct the name, or say which/],
    ['none.sql', /"things" is no source, and no data file that is no source yet has its columns\n {2}→ Put its data below one of data, for example at data\/things\.csv/],
    ['evil.sql', /read_text.*not allowed/],
    ['wrong.sql', /wrong\.sql.*\[query-syntax\]/s],
  ];
  for (const [file, expected] of cases) {
    const said = await daybook(root, ['new', '--sql', file, '--yes', ...OWNER]);
    assert.match(said.text, expected);
    assert.notEqual(said.code, 0);
  }
  await mkdir(path.join(root, 'data/many'));
  await Promise.all(Array.from({ length: 510 }, (_, index) => writeFile(path.join(root, `data/many/${index}.csv`), 'b\n1\n')));
  assert.equal((await candidatesOf(root, loadDefinitions(root), new Set())).cut, true);
  assert.match((await daybook(root, ['new', '--sql', 'none.sql', ...OWNER])).text, /there are too many data files below the source roots to look through all of them/);
});

test('names of files are shown and never obeyed; nothing outside of the source roots is looked at', async (t) => {
  const root = await newInstance(t, { 'data/\u202ea\n::error::.csv': STRIKES, "data/a'b [x].csv": STRIKES, 'elsewhere/strikes.csv': STRIKES, 'a.sql': SQL });
  await symlink(path.join(root, 'elsewhere'), path.join(root, 'data/linked'));
  const said = await daybook(root, ['new', '--sql', 'a.sql', ...OWNER]);
  assert.match(said.text, /2 data files fit: /);
  assert.doesNotMatch(said.text, /(?!\n)\p{Cc}|\p{Bidi_Control}|^::|elsewhere|linked/mu);
  const made = await daybook(root, ['new', '--sql', 'a.sql', '--data', "strikes=data/a'b [x].csv", ...OWNER]);
  assert.equal(made.code, 0, made.text);
});

test('of several files that fit, the one that --yes takes is for a person to look at', async (t) => {
  const root = await newInstance(t, { 'data/one.csv': STRIKES, 'data/two.csv': STRIKES, 'mine/daily.sql': SQL });
  const said = await daybook(root, ['import', 'mine', '--yes', '--team', 'team', '--owner', 'ann@example.org']);
  assert.equal(said.code, 1, said.text);
  assert.match(said.out, /imported, to decide, 3 rows[^\n]*\n[^\n]*strikes is read from data\/one\.csv, chosen of 2 that fit: data\/one\.csv, data\/two\.csv\n\s+→ See that it is the right one, in queries\/sources\/strikes\.yml; to take another, import again with --data strikes=<file>\./);
  assert.match(await yaml(root, 'reports/team/daily.yml'), /^# [^\n]*See that it is the right one/m);
});

test('import finds data by columns that all its queries agree on, and teams by folder; the proposal has all of it on one branch', async (t) => {
  const teams = String(BASE['daybook.yml']).replace('teams: {', 'teams: { birds: { title: Birds },');
  const root = await newInstance(t, {
    'daybook.yml': teams, 'data/one.csv': STRIKES, 'data/two.csv': 'Flight Date,Wildlife Size\n2026-01-05,Small\n', ...report('good', 'select day, orders from orders'),
    'mine/birds/daily.sql': SQL, 'mine/birds/sizes.sql': 'select "Wildlife Size" as size, count(*) as n from faa.strikes group by all', 'mine/birds/two.sql': 'select "Wildlife Size" as size, sum("Cost") as cost from faa.strikes group by all', 'mine/team/sub/orders.sql': 'select day, orders from orders', 'mine/lost.sql': 'select day from orders', 'mine/other/x.sql': 'select day from orders',
  });
  const bare = path.join(root, '../origin.git');
  await git(root, 'clone', '-q', '--bare', root, bare);
  await git(root, 'remote', 'add', 'origin', bare);
  await git(root, 'config', 'user.email', 'ann@example.org');
  await git(root, 'config', 'user.name', 'Ann');
  const said = await daybook(root, ['import', 'mine', '--propose']);
  assert.equal(said.code, 1, said.text);
  assert.match(said.out, /^birds\/daily: imported, 3 rows/m);
  assert.match(said.out, /note: birds\/sizes\.sql:1: faa\.strikes is read from data\/one\.csv, the only file with its columns/);
  assert.match(said.out, /^team\/sub\/orders: imported/m);
  assert.match(said.out, /^lost: NOT IMPORTED .*\n.*it lies in no folder that is called as a team is \(birds, team here\)\n {4}→ Move it into one of birds, team, or give --team\.$/m);
  assert.match(said.out, /note: the owner is ann@example\.org/);
  assert.match(said.out, /origin has the branch report\/birds-daily-and-3-more/);
  assert.doesNotMatch(said.out, /Next:|git add/);
  const branch = (await git(bare, 'diff', '--name-only', 'main', 'report/birds-daily-and-3-more')).split('\n');
  assert.deepEqual(branch.filter((file) => file.startsWith('reports/')), ['reports/birds/daily.yml', 'reports/birds/sizes.yml', 'reports/birds/two.yml', 'reports/team/sub/orders.yml']);
  assert.match(await yaml(root, 'reports/birds/daily.yml'), /^title: Strikes by day\nteam: birds\nowner: "ann@example\.org"\ndescription: /m);
  assert.match(await yaml(root, 'reports/team/sub/orders.yml'), /^owner: "?tester@example\.org"?$/m);
  assert.match((await daybook(root, ['import', 'mine', '--team', 'team', '--data', 'nothing=data/one.csv'])).text, /no query reads the table "nothing" that --data names/);
});
