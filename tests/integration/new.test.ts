import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readYaml } from '../../src/report/yaml.ts';
import { code, daybook, git, newInstance, tree, write, type Files, type Said } from './instance.ts';

const DATA = path.join(code, 'node_modules/vega-datasets/data');
const OWNER = ['--owner', 'me@example.org'];

/** Files of definitions, so that what a refused command left behind is seen. */
async function definitions(root: string): Promise<string[]> {
  return (await Promise.all(['reports', 'queries'].map(async (folder) => [...(await tree(path.join(root, folder))).keys()].map((file) => `${folder}/${file}`)))).flat();
}

interface Spec {
  key?: string[];
  time?: { column: string; period: string };
  schedule: { cron: string };
  metrics: { [name: string]: { value: string; format: string } };
  dimensions?: object;
  as_of: unknown;
}

async function specOf(root: string, id: string): Promise<Spec> {
  return readYaml(await readFile(path.join(root, `reports/${id}.yml`), 'utf8'), id).value as Spec;
}

/** The report runs from its files, and all definitions are well. */
async function assertRuns(root: string, id: string, said: Said): Promise<void> {
  assert.equal(said.code, 0, said.text);
  const run = await daybook(root, ['run', id]);
  assert.equal(run.code, 0, run.text);
  assert.doesNotMatch(run.text, /FAILED|warning/);
  assert.match((await daybook(root, ['validate'])).text, /: all well\.\n$/);
}

async function made(t: TestContext, file: string, content: string | Uint8Array, words: string[] = [], files: Files = {}): Promise<{ root: string; said: Said }> {
  const root = await newInstance(t, { ...files, [`data/${file}`]: content });
  return { root, said: await daybook(root, ['new', 'team/made', '--data', `data/${file}`, ...OWNER, ...words]) };
}

test('real files become reports that run, each with the key and the period that it has', async (t) => {
  const cases: [file: string, key: string[] | undefined, period: string | undefined, metrics: string[]][] = [
    ['stocks.csv', ['date', 'symbol'], 'month', ['mean(price)']],
    ['weather.csv', ['date', 'location'], 'day', ['sum(precipitation)', 'max(temp_max)', 'min(temp_min)', 'mean(wind)']],
    ['iowa-electricity.csv', ['year', 'source'], 'year', ['sum(net_generation)']],
    ['jobs.json', ['year_to', 'job', 'sex'], 'year', ['sum(count)', 'mean(perc)']],
    ['github.csv', ['time'], 'hour', ['sum(count)']],
    ['disasters.csv', ['year_to', 'entity'], 'year', ['sum(deaths)']],
    ['cars.json', ['year', 'origin'], 'year', ['miles_per_gallon', 'displacement', 'horsepower', 'weight_in_lbs', 'acceleration'].map((name) => `sum(${name}_sum) / sum(${name}_values)`)],
    ['penguins.json', undefined, undefined, []],
  ];
  const root = await newInstance(t, { 'daybook.yml': 'title: Test\ninstance: test\nteams: { team: { title: Team } }\nsource_roots: [data]\n' });
  for (const [file, key, period, metrics] of cases) {
    await copyFile(path.join(DATA, file), path.join(root, 'data', file));
    const said = await daybook(root, ['new', '--data', `data/${file}`, ...OWNER]);
    const id = `team/${file.replace(/\..*/, '')}`;
    await assertRuns(root, id, said);
    const spec = await specOf(root, id);
    if (key) assert.deepEqual(spec.key, key, file);
    assert.equal(spec.time?.period, period, file);
    if (metrics.length > 0) assert.deepEqual(Object.values(spec.metrics).map(({ value }) => value), metrics, file);
  }
});

test('a CSV file becomes source, query and report, with the reasons; the next commands are printed', async (t) => {
  const rows = ['day,region,orders,returns', ...Array.from({ length: 20 }, (_, index) => `2025-12-${String(index + 1).padStart(2, '0')},${index % 2 ? 'north' : 'south'},${100 + index},${index % 7}`)];
  const { root, said } = await made(t, 'shop.csv', `${rows.join('\n')}\n`, ['--narrative', '--title', 'Our: "shop"']);
  await assertRuns(root, 'team/made', said);
  assert.match(said.out, /^wrote queries\/sources\/shop\.yml\nwrote queries\/team\/made\.sql\nwrote reports\/team\/made\.yml\nwrote reports\/team\/made\.md\nteam\/made@2025-12-20: 20 rows, made and run in /);
  assert.match(said.out, /\nNext:\n {2}npx daybook start team\/made .*\n {2}npx daybook propose team\/made .*\n$/);
  const yaml = await readFile(path.join(root, 'reports/team/made.yml'), 'utf8');
  assert.match(yaml, /^title: "Our: \\"shop\\""$/m);
  assert.match(yaml, /^key: \[day\] {3}# unique in 20 of 20 rows: rows are compared by it$/m);
  assert.match(yaml, /^ {2}region: \{ label: Region \} {3}# 2 different values$/m);
  assert.match(yaml, /returns_share: \{ label: "Returns, share", value: sum\(returns\) \/ sum\(orders\), format: "\.1%" \} {3}# never more than orders in 20 rows$/m);
  assert.match(yaml, /^ {2}- \{ column: day, not_null: true, unique: true \} {3}# not missing and unique in 20 of 20 rows$/m);
  assert.match(await readFile(path.join(root, 'queries/team/made.sql'), 'utf8'), /\nFROM shop\nWHERE day <= \$as_of\n$/);
});

test('a CSV file as German offices write it becomes a report in one call: delimiter, decimals, dates and encoding are found', async (t) => {
  const rows = Array.from({ length: 20 }, (_, index) => `${String(index + 1).padStart(2, '0')}.12.2025;${index % 2 ? 'Köln' : 'München'};${index % 3 ? '1.532,07' : '-32,1'};${index % 2 ? '1.200' : '7'};${index}.5`);
  const text = `Datum;Region;Umsatz in EUR;Menge;Version\r\n${rows.join('\r\n')}\r\n`;
  const files = { 'data/latin.csv': Buffer.from(text, 'latin1'), 'data/wide.csv': Buffer.from(`\ufeff${text}`, 'utf16le'), 'data/tabs.csv': `\ufeff${text.replaceAll(';', '\t')}` };
  const { root, said } = await made(t, 'umsätze 2025.csv', `\ufeff${text}`, [], files);
  await assertRuns(root, 'team/made', said);
  assert.match(said.out, /wrote queries\/sources\/umsaetze-2025\.yml[^]*umsatz_in_eur = 1,532\.07 \(2025-12-20\)\n {2}menge = 1,200 [^]*note: Version is read as text: /);
  const written = await readFile(path.join(root, 'queries/sources/umsaetze-2025.yml'), 'utf8');
  assert.match(written, /^# as the file is now: values are divided by ";"; dates are written 01\.12\.2025; numbers are written 1\.532,07\ncsv: \{ delimiter: ";", dates: "%d\.%m\.%Y", decimal: ",", thousands: "\." \}$/m);
  assert.match(written, /^columns: \{ Region: VARCHAR, Umsatz in EUR: DOUBLE, Menge: BIGINT, Version: VARCHAR \}/m);
  assert.deepEqual((await specOf(root, 'team/made')).time, { column: 'datum', period: 'day' });
  for (const [name, csv] of [['latin', 'encoding: latin-1'], ['wide', 'encoding: utf-16'], ['tabs', 'delimiter: "\\t"']] as const) {
    await assertRuns(root, `team/${name}`, await daybook(root, ['new', `team/${name}`, '--data', `data/${name}.csv`, ...OWNER]));
    assert.ok((await readFile(path.join(root, `queries/sources/${name}.yml`), 'utf8')).includes(csv), name);
  }
  // The engine would read 25 for 2.5, since it skips the point wherever it stands.
  await write(root, { 'data/umsätze 2025.csv': text.replace(';1.200;', ';2.5;') });
  assert.match((await daybook(root, ['run', 'made'])).text, /data\/umsätze 2025\.csv: column "Menge": "2\.5", in row 2 below the header, has "\." where no thousands end\n {2}→ .*write `columns: \{ Menge: VARCHAR \}` in queries\/sources\/umsaetze-2025\.yml, and cast it in the query\. \[source-broken\]/);
});

test('a column of dates in two forms stays text, and the source says how to cast it', async (t) => {
  const { root, said } = await made(t, 'x.csv', 'Datum;n\n31.12.2025;1,5\n2025-12-30;2\n29.12.2025;3\n');
  await assertRuns(root, 'team/made', said);
  const cast = "coalesce(try_strptime(Datum, '%d.%m.%Y'), try_strptime(Datum, '%Y-%m-%d'))";
  assert.ok((await readFile(path.join(root, 'queries/sources/x.yml'), 'utf8')).includes(`# Datum is read as text: its dates have several forms (2 are written 29.12.2025, 1 are written 2025-12-30); in the query, ${cast} casts them\n`));
  await write(root, { 'cast.sql': `select ${cast.replaceAll('Datum', 'x."Datum"')}::DATE as day, n from x` });
  await assertRuns(root, 'team/cast', await daybook(root, ['new', 'cast', '--sql', 'cast.sql', ...OWNER]));
  assert.equal((await specOf(root, 'team/cast')).time?.column, 'day');
});

test('a SQL file over sources becomes a report; its text is kept as it is', async (t) => {
  const sql = '-- Orders of the north.\nselect day, region, sum(orders) as orders\nfrom orders\nwhere day <= $as_of\ngroup by all;\n-- the end';
  const root = await newInstance(t, { 'mine.sql': sql });
  const said = await daybook(root, ['new', 'north', '--sql', 'mine.sql', '--schedule', '0 5 * * *']);
  await assertRuns(root, 'team/north', said);
  assert.equal(await readFile(path.join(root, 'queries/team/north.sql'), 'utf8'), `${sql}\n`);
  const spec = await specOf(root, 'team/north');
  assert.deepEqual([spec.key, spec.time, spec.schedule.cron, Object.keys(spec.dimensions!)], [['day', 'region'], { column: 'day', period: 'day' }, '0 5 * * *', ['region']]);
  await write(root, { 'queries/team/there.sql': 'select region, sum(orders) as orders from orders group by region' });
  await assertRuns(root, 'team/there', await daybook(root, ['new', 'team/here', '--sql', 'queries/team/there.sql', '--dry-run']).then(() => daybook(root, ['new', 'team/there', '--sql', 'queries/team/there.sql'])));
});

test('a SQL file over a data file that nobody has described: the source comes with the report, by the name that the query reads', async (t) => {
  const sql = "with orders as (select day, 1 as n from \"more-days\" where extract(year from day) is distinct from 1999)\nselect day, sum(n) as n from orders where day <= $as_of group by all";
  const root = await newInstance(t, { 'data/days_2026.csv': 'day,region\n2026-01-05,north\n2026-01-06,south\n', 'mine.sql': sql });
  const said = await daybook(root, ['new', 'team/made', '--sql', 'mine.sql', '--data', 'data/days_2026.csv', '--description', 'Days,\n  all of them.', ...OWNER]);
  await assertRuns(root, 'team/made', said);
  assert.match(said.out, /^wrote queries\/sources\/more-days\.yml\nwrote queries\/team\/made\.sql\nwrote reports\/team\/made\.yml\n/);
  assert.match(await readFile(path.join(root, 'queries/sources/more-days.yml'), 'utf8'), /^files: data\/days_2026\.csv$[^]*region: VARCHAR/m);
  assert.match(await readFile(path.join(root, 'reports/team/made.yml'), 'utf8'), /^description: "?Days, all of them\."?$[^]*^sources: \[more-days\]/m);
  // Described by now: a second report reads it, and writes no source.
  await assertRuns(root, 'team/again', await daybook(root, ['new', 'team/again', '--sql', 'mine.sql', '--data', 'data/days_2026.csv', ...OWNER]));

  await write(root, { 'two.sql': 'select * from one join two using (day)', 'known.sql': 'select day, orders from orders', 'name.sql': 'select * from "My Days"', 'other.sql': 'select * from days', 'data/new.csv': 'day,n\n2026-01-05,1\n', 'data/broken.csv': 'a,b\n1,2\n3\n' });
  const before = await definitions(root);
  const cases: [sql: string, data: string, said: RegExp][] = [
    ['two.sql', 'data/new.csv', /"one" is no source, and no data file that is no source yet has its columns[^]*--data one=FILE/],
    ['known.sql', 'data/new.csv', /the query does not read data\/new\.csv\n {2}→ Leave --data out/],
    ['name.sql', 'data/new.csv', /a source cannot be called "my days"/],
    ['other.sql', 'data/days_2026.csv', /the query reads "days", and data\/days_2026\.csv is the source "more-days" already\n {2}→ Write more-days/],
    ['other.sql', 'data/broken.csv', /data\/broken\.csv:3.*\[source-broken\]/s],
    ['other.sql', 'data/absent.csv', /data\/absent\.csv: there is no such file/],
    ['other.sql', '/etc/hosts', /\[file-outside\]/],
  ];
  for (const [file, data, refused] of cases) {
    const { code: exit, text } = await daybook(root, ['new', 'team/no', '--sql', file, '--data', data, ...OWNER]);
    assert.notEqual(exit, 0, file);
    assert.match(text, refused);
  }
  assert.deepEqual(await definitions(root), before);
});

test('hostile names and values give a report that is valid, and nothing of them is code', async (t) => {
  const header = ['a: b', '# x', '"new\nline"', 'user', 'select', '"quo""te"', '<script>alert(1)</script>', '=1+1', '__proto__', 'naïve 名前', ' padded ', '{{x}}', "it's; drop table"].join(',');
  const rows = Array.from({ length: 30 }, (_, index) => ['=cmd()', '<script>', `k${index}`, '"a\n# b"', index, '"- x"', `2026-01-${String(index % 5 + 1).padStart(2, '0')}`, '@x', '!!js', '*a', '&b', '{}', index * 1.5].join(','));
  const { root, said } = await made(t, 'hostile.csv', `${header}\n${rows.join('\n')}\n`, ['--title', '<img src=x onerror=alert(1)>\u202e']);
  await assertRuns(root, 'team/made', said);
  assert.doesNotMatch(said.out, /(?!\n)\p{Cc}|\p{Bidi_Control}/u);
  assert.match(await readFile(path.join(root, 'queries/team/made.sql'), 'utf8'), /"a: b" AS a_b[^]*hostile"?\."user" AS user/);
  const parquet = await daybook(root, ['new', 'team/sql', '--sql', 'odd.sql', ...OWNER]);
  assert.match(parquet.text, /odd\.sql: there is no such file/);
  await write(root, { 'odd.sql': 'select day as "# day: {x}", region as "re\ngion", sum(orders) as "or""ders \\ $", 1 as " pad ", 2 as "-minus" from orders group by all' });
  await assertRuns(root, 'team/sql', await daybook(root, ['new', 'team/sql', '--sql', 'odd.sql', ...OWNER]));
});

test('what cannot be is refused with the remedy, and leaves nothing behind', async (t) => {
  const root = await newInstance(t, { 'elsewhere/x.csv': 'a,b\n1,2\n', 'data/broken.csv': 'a,b\n1,2\n3\n', 'data/empty.csv': 'a,b\n', 'data/semicolons.csv': 'day;region;n\n2026-01-05;north;3\n2026-01-06;south\n', 'data/euro.csv': Buffer.from('day;price\n2026-01-05;3 \x80\n', 'latin1'), 'data/excel.csv': Buffer.from('sep=;\r\nday;place;price\r\n2026-01-05;M\xFChle;3 \x80\r\n', 'latin1'), 'data/geo.json': '{"type":"x","features":[1,2]}', 'two.sql': 'select 1 as a; select 2 as b', 'none.sql': 'select day from orders where false', 'bad.sql': 'select day,\n  nothing\nfrom orders', 'other.sql': 'select 1 as a from ordes', 'data/orders.json': '[{"a":1}]', 'clock.sql': 'select now() as n', 'mine/a.sql': 'select 1 as a', 'mine/deep/b.sql': 'select 1 as b', notes: 'x' });
  const before = await definitions(root);
  const cases: [string[], RegExp][] = [
    [[], /SQL or data file is not given\n {2}→ Give --sql file\.sql, or --data/],
    [['mine/'], /mine\/: this is a folder\n {2}→ `npx daybook import mine\/` makes a report of each of its queries; for one report, name its file\. \[wrong-use\]/],
    [['notes'], /notes: this is neither SQL nor data that Daybook reads/],
    [['--data', 'elsewhere/x.csv'], /x\.csv lies outside of the folders that sources may read\n {2}→ Copy it below one of them, for example to data\/.*\[file-outside\]/],
    [['--data', '/etc/hosts'], /\[file-outside\]/],
    [['--data', 'data/absent.csv'], /data\/absent\.csv: there is no such file/],
    [['--data', 'data/broken.csv'], /broken\.csv:3.*\[source-broken\]/s],
    [['--data', 'data/empty.csv'], /\[source-empty\]/],
    [['--data', 'data/semicolons.csv'], /data\/semicolons\.csv:3: .*\[source-broken\]/s],
    [['--data', 'data/euro.csv'], /data\/euro\.csv:2: the text is not UTF-8\n {2}→ Save it as UTF-8: `iconv -f windows-1252 -t utf-8 data\/euro\.csv > utf8\.csv`/],
    [['--data', 'data/excel.csv'], /data\/excel\.csv:3: the text is not UTF-8\n {2}→ Save it as UTF-8: .* Take off the first line, `sep=;`, too: the header has to be the first\./],
    [['--data', 'data/geo.json'], /holds one object with lists/],
    [['--data', 'data/orders.json'], /queries\/sources\/orders\.yml: this file exists, and describes other data/],
    [['--sql', 'two.sql'], /the file holds 2 statements/],
    [['--sql', 'none.sql'], /none\.sql: the query returns no rows/],
    [['--sql', 'bad.sql'], /bad\.sql:2:3: .*nothing/],
    [['--sql', 'other.sql'], /other\.sql: "ordes" is no source; did you mean "orders"\?[^]*--data ordes=FILE/],
    [['--sql', 'clock.sql'], /\[query-refused\]/],
    [['--data', 'data/orders.csv', '--template', 'nothing'], /there is no template "nothing"[^]*Templates: kpi, weekly, milestones/],
    [['--data', 'data/orders.csv', '--template', 'milestones'], /needs a column "milestone"/],
    [['--sql', 'none.sql', '--template', 'okr'], /makes its own query/],
    [['--data', 'data/orders.csv', '--team', 'x'], /there is no team "x"/],
    [['tem/report', '--data', 'data/orders.csv'], /daybook\.yml: teams: there is no team "tem"; did you mean "team"\?\n {2}→ Teams: team\. For a new one, add `tem: \{ title: Tem \}` below `teams` in daybook\.yml\./],
    [['Not A Team/report', '--data', 'data/orders.csv'], /there is no team "Not A Team"\n {2}→ Teams: team\. \[/],
    [['--data', 'data/orders.csv', '--schedule', 'often'], /not a cron expression/],
    [['good', '--data', 'data/orders.csv'], /queries\/team\/good\.sql: this file exists|reports\/team\/good\.yml: this file exists, and is not written over/],
    [['Bad Id', '--data', 'data/orders.csv'], /\[id-invalid\]/],
  ];
  for (const [words, said] of cases) {
    const { code: exit, text } = await daybook(root, ['new', ...words, ...OWNER]);
    assert.notEqual(exit, 0, words.join(' '));
    assert.match(text, said);
    assert.match(text, /\n {2}→ \S/);
  }
  const nobody = await newInstance(t, { 'reports/team/good.yml': '', 'queries/team/good.sql': '' });
  assert.match((await daybook(nobody, ['new', '--data', 'data/orders.csv'])).text, /owner is not given/);
  assert.deepEqual(await definitions(root), before);
});

test('a query that gives the first days of periods: the newest complete one is the headline, in `new` as in `import`', async (t) => {
  const rows = Array.from({ length: 153 }, (_, index) => `${new Date(Date.UTC(2025, 7, 5 + index)).toISOString().slice(0, 10)},1\n`);
  const sql = (part: string): string => `select date_trunc('${part}', day) as start, sum(n) as n from days group by all`;
  const root = await newInstance(t, { 'data/days.csv': `day,n\n${rows.join('')}`, 'queries/sources/days.yml': 'files: data/days.csv\n', 'month.sql': sql('month'), 'week.sql': sql('week'), 'old/imported.sql': sql('month') });
  for (const [part, headline] of [['month', 'n = 31 (2025-12-01)'], ['week', 'n = 7 (2025-12-29)']] as const) {
    // The job of the week runs on Monday, the 5th, and that of the month on the 2nd: both are past.
    const said = await daybook(root, ['new', part, '--sql', `${part}.sql`, ...OWNER]);
    await assertRuns(root, `team/${part}`, said);
    assert.ok(said.out.includes(headline), said.out);
    assert.match(await readFile(path.join(root, `reports/team/${part}.yml`), 'utf8'), part === 'month' ? /^# start is the first day of a month, .* where the SQL gives last_day\("start"\) in its place, write \{ column: … \}\nas_of: scheduled$/m : /^as_of: scheduled$/m);
  }
  const said = await daybook(root, ['import', 'old', ...OWNER]);
  assert.equal(said.code, 0, said.text);
  assert.ok((await daybook(root, ['run', 'imported'])).text.includes('team/imported@2026-01-02'));
  assert.equal((await specOf(root, 'team/imported')).as_of, 'scheduled');
});

test('a source that is broken is told by its own error', async (t) => {
  const root = await newInstance(t, { 'queries/sources/umsaetze.yml': 'files: data/orders.csv\nfile: x\n', 'mine.sql': 'select * from umsaetze', 'old/a.sql': 'select * from umsaetze', 'data/umsaetze.csv': 'a\n1\n' });
  for (const words of [['new', '--sql', 'mine.sql'], ['new', '--sql', 'mine.sql', '--sources', 'umsaetze'], ['new', '--data', 'data/umsaetze.csv'], ['import', 'old']]) {
    const said = await daybook(root, [...words, ...OWNER]);
    assert.notEqual(said.code, 0);
    assert.match(said.text, /queries\/sources\/umsaetze\.yml.*: unknown key "file"; did you mean "files"\?/, words.join(' '));
  }
});

test('a failure on the way takes away what was written, and only that', async (t) => {
  const root = await newInstance(t, { 'data/x.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n', 'reports/blocked': 'a file' });
  const before = await definitions(root);
  const said = await daybook(root, ['new', 'blocked/x', '--team', 'team', '--data', 'data/x.csv', ...OWNER]);
  assert.deepEqual([said.code, said.text], [3, 'reports/blocked/x.yml: a file stands where a folder of it has to be\n  → Choose another id. [wrong-use]\n']);
  assert.deepEqual(await definitions(root), before);
});

test('nothing is written through a link', async (t) => {
  const root = await newInstance(t, { 'data/x.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  await mkdir(path.join(root, 'outside'));
  await symlink(path.join(root, 'outside'), path.join(root, 'reports/link'));
  assert.match((await daybook(root, ['new', 'link/x', '--team', 'team', '--data', 'data/x.csv', ...OWNER])).text, /the folder reports\/link\/ is a link, and nothing is written through it\n {2}→ Choose another id/);
  assert.deepEqual([...(await tree(path.join(root, 'outside'))).keys()], []);
  assert.ok(!(await definitions(root)).includes('queries/sources/x.yml'));
});

test('--dry-run and --json show what would be, and write nothing', async (t) => {
  const { root, said } = await made(t, 'x.csv', 'day,n\n2026-01-05,1\n2026-01-06,2\n', ['--dry-run', '--json']);
  assert.equal(said.code, 0, said.text);
  const json = JSON.parse(said.out) as { report: string; written: boolean; files: object; rows: number };
  assert.deepEqual([json.report, json.written, Object.keys(json.files), json.rows], ['team/made', false, ['queries/sources/x.yml', 'queries/team/made.sql', 'reports/team/made.yml'], 2]);
  assert.equal(await git(root, 'status', '--porcelain'), '');
});

test('a file that is a source already is not described twice; any name of a source will do', async (t) => {
  const root = await newInstance(t);
  const said = await daybook(root, ['new', 'again', '--data', 'data/orders.csv', '--json']);
  await assertRuns(root, 'team/again', said);
  assert.deepEqual(Object.keys((JSON.parse(said.out) as { files: object }).files), ['queries/team/again.sql', 'reports/team/again.yml']);
  const names = ['days.csv', 'select.csv', '2025 sales [x].csv', 'moments.ndjson'];
  for (const [index, name] of names.entries()) {
    await write(root, { [`data/${name}`]: name.endsWith('.csv') ? 'day,n\n2026-01-05,1\n2026-01-06,2\n' : '{"day":"2026-01-05","n":1}\n{"day":"2026-01-06","n":2}\n' });
    await assertRuns(root, `team/r${index}`, await daybook(root, ['new', `r${index}`, '--data', `data/${name}`]));
  }
});

test('templates count what is late, reached, overdue, met and returned', async (t) => {
  const cases: [template: string, csv: string, numbers: string[]][] = [
    ['milestones', 'Task,Due Date,State,Risk\nA,2026-01-01,done,low\nB,2026-01-02,open,high\nC,2026-03-01,,\nD,,open,red\n', ['late = 1', 'done = 25.0%, exactly 0.25', 'at_risk = 2', 'milestones = 4']],
    ['okr', 'objective,key result,baseline,actual,target\nGrow,Users,100,150,200\nGrow,Churn,10,4,5\n', ['progress = 75.0%, exactly 0.75', 'reached = 50.0%, exactly 0.5', 'key_results = 2']],
    ['findings', 'id,severity,status,due\n1,High,open,2026-01-01\n2,low,closed,2026-01-01\n3,P1,open,2027-01-01\n', ['overdue = 1', 'severe = 2', 'is_open = 2']],
    ['sla', 'date,service,met,total\n2026-01-05,a,9,10\n2026-01-05,a,9,10\n2026-01-06,a,99,100\n', ['service_level = 99.00% (2026-01-06), exactly 0.99', 'missed = 1 (2026-01-06)', 'total = 100 (2026-01-06)']],
    ['roi', 'project,cost,benefit\nA,100,150\nB,100,90\nB,0,10\n', ['roi = 25.0%, exactly 0.25', 'benefit = 250', 'cost = 200']],
    ['weekly', 'day,n\n2025-12-29,1\n2025-12-30,2\n2026-01-04,4\n2026-01-05,8\n', ['n = 7 (2025-12-29)']],
  ];
  for (const [template, csv, numbers] of cases) {
    const { root, said } = await made(t, 'x.csv', csv, ['--template', template]);
    await assertRuns(root, 'team/made', said);
    assert.deepEqual(said.out.split('\n').filter((line) => line.includes(' = ')).map((line) => line.trim()), numbers, template);
  }
  const twice = await made(t, 'x.csv', 'milestone,due,status\nA,2026-01-01,x\nA,2026-01-01,y\n', ['--template', 'milestones']);
  assert.match(twice.said.text, /\[key-duplicate\]/);
});
