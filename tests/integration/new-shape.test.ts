import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daybook, newInstance } from './instance.ts';

interface Said {
  files: { [file: string]: string };
  as_of: string;
  rows: number;
  metrics: { name: string; value: number | string }[];
  notes: string[];
}

/** What is proposed for each file, and gives when it is run. */
async function proposed(t: Parameters<typeof newInstance>[0], files: { [name: string]: string }): Promise<{ [name: string]: Said & { sql: string } }> {
  const root = await newInstance(t, Object.fromEntries(Object.entries(files).map(([name, text]) => [`data/${name}.csv`, text])));
  const found: { [name: string]: Said & { sql: string } } = {};
  for (const name of Object.keys(files)) {
    const { code, out, text } = await daybook(root, ['new', '--data', `data/${name}.csv`, '--owner', 'a@example.org', '--yes', '--dry-run', '--json']);
    assert.equal(code, 0, text);
    const said = JSON.parse(out) as Said;
    found[name] = { ...said, sql: said.files[`queries/team/${name}.sql`]! };
  }
  return found;
}

const shown = ({ as_of: asOf, rows, metrics }: Said): unknown => [asOf, rows, ...metrics.map(({ name, value }) => `${name} ${value}`)];

test('periods that are columns become rows with a time, and what each would repeat is left out', async (t) => {
  const { years, prefixed, months, days, quarters, open, several, few } = await proposed(t, {
    years: 'Country Name,2019,2020,2021,Total\nAruba,10,11,12,33\nChad,4,5,,9\n',
    prefixed: 'region,pop.2019,pop.2020,pop.2021\nnorth,1,2,3\nsouth,4,5,6.5\n',
    months: 'Year,Jan,Feb,Mar\n2024,1,2,3\n2025,4,5,6\n',
    days: 'state,1/22/20,1/23/20,1/24/20\na,1,2,3\nb,4,5,6\n',
    quarters: 'region,Q1 2024,Q2 2024,Q3 2024\na,1,2,3\nb,4,5,6\n',
    open: 'store,Jan,Feb,Mar\na,1,2,3\nb,4,5,6\n',
    several: 'region,pop_2019,pop_2020,pop_2021,gdp_2019,gdp_2020,gdp_2021\na,1,2,3,1,2,3\nb,4,5,6,1,2,4\n',
    few: 'region,2020,2021,orders\na,1,2,3\nb,4,5,6\n',
  });
  assert.deepEqual(shown(years!), ['2021-12-31', 5, 'value 12']);
  assert.deepEqual(years!.notes, ['the columns 2019 to 2021 are years: the query makes a row of each, so that the next one is a row too; Total is left out, which each would repeat']);
  assert.match(years!.sql, /^-- The columns 2019 to 2021 are years: .*\.\nWITH years_by_year AS \(\n/);
  assert.deepEqual(shown(prefixed!), ['2021-12-31', 6, 'pop 4.75']);
  assert.deepEqual(shown(months!), ['2025-03-31', 6, 'value 6']);
  assert.deepEqual(shown(days!), ['2020-01-24', 6, 'value 9']);
  assert.deepEqual(shown(quarters!), ['2024-09-30', 6, 'value 9']);
  assert.deepEqual(open!.notes, ['the columns Jan to Mar are months, and nothing says of which year or in which order: a query that makes a row of each (UNPIVOT) can say it']);
  assert.deepEqual([several!, few!].map(({ notes, sql }) => [notes, sql.includes('UNPIVOT')]), [[[], false], [[], false]]);
});

test('the column of the year that comes next is a row of the same query', async (t) => {
  const root = await newInstance(t, { 'data/wide.csv': 'Country,2019,2020,2021\na,1,2,3\n', 'data/next.csv': 'Country,2019,2020,2021,2022\na,1,2,3,4.5\n' });
  const { files } = JSON.parse((await daybook(root, ['new', '--data', 'data/wide.csv', '--owner', 'a@example.org', '--yes', '--dry-run', '--json'])).out) as Said;
  const next = await newInstance(t, { 'data/wide.csv': 'Country,2019,2020,2021,2022\na,1,2,3,4.5\n', ...files });
  assert.match((await daybook(next, ['run', 'team/wide'])).text, /team\/wide@2022-12-31.*\n[^]*4\.5/);
});

test('rows that add the others up are told and left out; a name alone makes no total', async (t) => {
  const { last, dated, each, bare, both, brand, german } = await proposed(t, {
    last: 'region,orders,rate\nnorth,5,0.5\nsouth,7,0.4\nTotal,12,0.45\n',
    dated: 'date,orders\n2026-01-01,5\n2026-01-02,7\nGrand Total,12\n',
    each: 'date,region,orders\n2026-01-01,north,5\n2026-01-01,south,7\n2026-01-01,All,12\n2026-01-02,north,1\n2026-01-02,south,2\n2026-01-02,All,3\n',
    bare: 'region,shop,orders\nnorth,a,5\nsouth,b,7\n,,12\n',
    both: 'region,orders\nnorth,5\nnorth b,7\nNorth total,12\nsouth,1\nsouth b,1\nSouth total,2\nTotal,14\n',
    brand: 'brand,orders\nTotal,5\nShell,7\nAral,12\n',
    german: 'Laden;Umsatz\nA;1,5\nB;2,5\nC\'s;3\nGesamt;7\n',
  });
  assert.deepEqual([last!, dated!, each!, bare!, both!, brand!, german!].map((one) => one.metrics.find(({ name }) => /orders|umsatz/.test(name))!.value).map(Number), [12, 7, 3, 12, 14, 24, 7]);
  assert.deepEqual(last!.notes, ['the row with “Total” in region of last adds up the others, and the query leaves it out']);
  assert.equal(dated!.as_of, '2026-01-02');
  assert.deepEqual(each!.notes, ['2 rows with “All” in region of each add up the others, and the query leaves them out']);
  assert.deepEqual(bare!.notes, ['the row with nothing but numbers adds up the others, and the query leaves it out']);
  assert.deepEqual(both!.notes, ['3 rows with “North total”, “South total”, “Total” in region of both add up the others, and the query leaves them out']);
  assert.deepEqual(brand!.notes, []);
});

test('lists and records of a file are told: what the query leaves out, and rows of nothing else', async (t) => {
  const root = await newInstance(t, { 'data/issues.json': '[{"day":"2026-01-05","n":1,"fields":{"status":"Open"}},{"day":"2026-01-06","n":2,"fields":{"status":"Done"}}]', 'data/lists.json': '[["day","n"],["2026-01-05",1]]' });
  const make = (file: string): ReturnType<typeof daybook> => daybook(root, ['new', '--data', file, '--owner', 'a@example.org', '--yes', '--dry-run']);
  assert.match((await make('data/issues.json')).out, /note: the query leaves out fields: it holds lists or records; it can name single values, as in record\.field or list\[1\]/);
  const said = await make('data/lists.json');
  assert.match(said.text, /^data\/lists\.json: each row of the file is lists or records, with no value beside them\n {2}→ Write a SELECT/m);
  assert.equal(said.code, 3);
});
