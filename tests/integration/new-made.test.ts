import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { madeBy } from '../../src/review/onboard/made.ts';
import { openParser, type Parser } from '../../src/run/parser.ts';
import { daybook, newInstance, write } from './instance.ts';

let folder: string;
let parser: Parser;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'daybook-made-'));
  parser = openParser({ folder });
});
after(async () => {
  parser.close();
  await rm(folder, { recursive: true, force: true });
});

const madeIn = async (sql: string): Promise<string> => [...madeBy(await parser.tree(sql))].map(([name, use]) => `${name}=${use}`).join(' ');

test('how a query makes a column is read from its tree', async () => {
  const cases: { [sql: string]: string } = {
    'select day, count(*) as n, sum(x) as s, avg(x) as a, max(x) as m, min(x) as l from t group by all': 'n=sum s=sum a=mean m=max l=min',
    'select round(sum(x)::double, 2) as r, coalesce(sum(x), 0) as c, sum(x) / 1000 as k, 100 * count(*) as h, sum(x) - sum(y) as d from t': 'r=sum c=sum k=sum h=sum d=sum',
    'select sum(x) / sum(y) as ratio, 100.0 * sum(x) / count(*) as percent, median(x) as middle, quantile_cont(x, 0.9) as high from t': 'ratio=quotient percent=quotient middle=quantile high=quantile',
    'select count(distinct x) as many, approx_count_distinct(x) as about from t': 'many=different about=different',
    'select sum(distinct x) as odds, sum(x) over () as running, x, x + 1 as y, sum(x) + x as odd from t group by all': '',
    'with a as (select Day, count(*) as N from t group by all) select day, n, n as again, n / 7 as week from a where n > 1': 'n=sum again=sum week=sum',
    'with a as (select count(*) as n from t group by d) select * from a': 'n=sum',
    'select * from (select sum(x) as n from t group by d)': 'n=sum',
    'with a as (select count(*) as n from t group by d) select max(n) as most, avg(n) as usual from a': 'most=max usual=mean',
    'with a as (select count(*) as n from t) select n from a join b using (d)': '',
    'with a as (select count(*) as n from t) select n from a as a(m)': '',
    'with a as (select count(*) as n from t) select * exclude (n), 1 as n from a': '',
    'select d, count(*) as n from t group by rollup (d)': '',
    'from t select count(*) as n': 'n=sum',
    'select count(*) from t': '',
    'select count(*) as n from t union all select 2': '',
  };
  for (const [sql, made] of Object.entries(cases)) assert.equal(await madeIn(sql), made, sql);
  assert.equal(madeBy(null).size, 0);
});

test('what the query counts or adds up is added up, whatever its name is', async (t) => {
  const root = await newInstance(t);
  await write(root, { 'mine.sql': 'select day, count(*) as duration_values_seen, sum(orders) as minutes_late, avg(orders) as orders, median(orders) as middle, sum(orders) / count(*) as each_one, count(distinct region) as regions from orders where day <= $as_of group by all\n' });
  const said = await daybook(root, ['new', 'mine.sql', '--team', 'team', '--owner', 'ann@example.org']);
  assert.equal(said.code, 0, said.text);
  const yaml = await readFile(path.join(root, 'reports/team/mine.yml'), 'utf8');
  assert.match(yaml, /minutes_late: \{ label: Minutes late, value: sum\(minutes_late\), format: ",d" \} +# the query counts it or adds it up/);
  assert.match(yaml, /orders: \{ label: Orders, value: mean\(orders\), [^\n]*# a mean in the query, which does not add up: of several rows, each counts the same/);
  assert.match(yaml, /# a quantile in the query: of several rows this is the mean of theirs, not that of all\n +middle: [^\n]*mean\(middle\)/);
  assert.match(yaml, /# divided in the query, so it does not add up: [^\n]*\n +each_one: [^\n]*mean\(each_one\)/);
  assert.match(yaml, /sum\(regions\), [^\n]*# the query counts different ones: what several rows have is counted in each/);
});
