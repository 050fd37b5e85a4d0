import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSpecifier } from 'd3-format';
import { formatFrom, formatOfName, nameWithoutFormat } from '../../src/review/onboard/evidence-format.ts';
import { readPage } from '../../src/review/onboard/evidence-page.ts';
import { planEvidence } from '../../src/review/onboard/evidence-project.ts';
import { scanPage, type Piece } from '../../src/review/onboard/evidence-scan.ts';
import { composeQuery, type Input, type Query } from '../../src/review/onboard/evidence-sql.ts';
import { narrativeOf } from '../../src/review/onboard/evidence-text.ts';
import { segmentsOf } from '../../src/review/onboard/import-names.ts';
import type { Resolve } from '../../src/review/onboard/import-plan.ts';
import { rewriteTables } from '../../src/review/onboard/import-sql.ts';

const KNOWN: Resolve = (schema, table) => (['orders', 'customers', 'order_items'].includes(table.toLowerCase()) ? { source: table.toLowerCase().replace('_', '-') } : { what: `no table ${schema ?? ''}.${table}`, remedy: 'Bring it.' });

function composed(name: string, texts: { [name: string]: string }, inputs: { [name: string]: Partial<Input> } = {}): ReturnType<typeof composeQuery> {
  const queries = new Map(Object.entries(texts).map(([one, sql]): [string, Query] => [one, { name: one, sql, file: 'pages/p.md', line: 10 }]));
  return composeQuery(name, queries, new Map(Object.entries(inputs).map(([one, input]) => [one, { component: 'Dropdown', initial: null, all: false, line: 1, ...input }])), KNOWN);
}

test('a page is read piece by piece, with the line of each', () => {
  const text = 'Words `<Not a={tag}/>` here.\n\n```sql one\nselect 1\n```\n<LineChart data={one} x="a b"\n  y={["p", \'q\']} sort=false emptySet=pass\n  echartsOptions={{ a: { b: "}" } }}\n/>\n{#if a > 1}\n{x}\n{/if}\n<!-- <Hidden/> -->\n```python\nprint(1)\n```\n{@partial "n.md"}\n```two\nselect 2\n```\n````md\n```sql shown\n```\n````\n';
  const pieces = scanPage(text, 5);
  const of = <K extends Piece['kind']>(kind: K): Extract<Piece, { kind: K }>[] => pieces.filter((piece) => piece.kind === kind) as Extract<Piece, { kind: K }>[];
  assert.deepEqual(of('query').map(({ name, sql, line }) => [name, sql, line]), [['one', 'select 1', 8], ['two', 'select 2', 23]]);
  const [chart, ...others] = of('tag');
  assert.deepEqual(others, []);
  assert.deepEqual([chart!.name, chart!.line, chart!.open, Object.fromEntries(chart!.attributes)], ['LineChart', 10, false, { data: 'one', x: 'a b', y: '["p", \'q\']', sort: 'false', emptySet: 'pass', echartsOptions: '{ a: { b: "}" } }' }]);
  assert.deepEqual(of('block').map(({ word, line }) => [word, line]), [['#if', 14], ['/if', 16]]);
  assert.deepEqual(of('expression').map(({ text: code, line }) => [code, line]), [['x', 15]]);
  assert.deepEqual(of('partial').map(({ file }) => file), ['n.md']);
  assert.equal(of('code').length, 2);
});

test('any text is read in a time that grows with its length, and to its end', () => {
  const part = fc.constantFrom('<', '</', '>', '/>', '{', '}', '"', "'", '`', '```', '```sql q', '\n', ' ', '=', 'a', 'Data', '<!--', '-->', '{#if', '${x}', '<A b={', '<A b="', '---');
  fc.assert(fc.property(fc.array(part, { maxLength: 80 }), (parts) => {
    const pieces = scanPage(parts.join(''), 1);
    assert.ok(pieces.every(({ line }) => line >= 1 && line <= parts.join('').split('\n').length + 1));
    const text = `---\ntitle: x\n---\n${parts.join('')}`;
    assert.ok(narrativeOf(readPage('pages/p.md', new Map([['pages/p.md', text]]))) !== null);
  }), { numRuns: 300 });
  for (const unit of ['<a ', '<a b={', '</a', '`', '{', '{"', '<a b="', '<!--', '${', '[](', '[a](b']) {
    const began = performance.now();
    readPage('pages/p.md', new Map([['pages/p.md', unit.repeat(Math.floor(200_000 / unit.length))]]));
    assert.ok(performance.now() - began < 3_000, unit);
  }
});

test('queries that others read become tables of one SELECT, under names that nothing else has', () => {
  const { sql, sources, findings } = composed('c', {
    a: 'select * from shop.orders;',
    orders: 'select *, -- not ${a}\n  1 as one from ${a} a',
    c: 'with x as (select * from ${orders}) select * from x join shop.order_items using (id)',
  });
  assert.equal(sql, 'WITH a_query AS (\nselect * from orders\n),\norders_query AS (\nselect *, -- not a\n  1 as one from a_query a\n), x as (select * from orders_query) select * from x join "order-items" AS order_items using (id)\n');
  assert.deepEqual([sources, findings], [['orders', 'order-items'], []]);
  assert.match(composed('r', { a: 'select 1', r: 'with recursive t as (select 1) select * from t, ${a}' }).sql, /^WITH RECURSIVE a AS \(\nselect 1\n\), t as /);
  assert.throws(() => composed('a', { a: 'select * from ${b}', b: 'select * from ${a}' }), /reads itself: a → b → a/);
  assert.throws(() => composed('a', { a: 'select 1; drop table x' }), /2 statements/);
});

test('what readers choose becomes what the page begins with, or a decision', () => {
  const inputs = { all: { initial: '%' }, one: { initial: "O'Neill" }, number: { initial: '7' }, flag: { initial: 'true' }, several: { all: true }, open: {} };
  const cases: [string, string, number][] = [
    ["a like '${inputs.all.value}' and b", 'a IS NOT NULL and b', 1],
    ["a not like '${inputs.all.value}'", 'a not like $all', 1],
    ['a in ${inputs.several.value}', 'a IS NOT NULL', 1],
    ["a = '${inputs.one.value}'", 'a = $one', 1],
    ["a like '%${inputs.one}%' or b = '${inputs.one}'", "a like ('%' || $one || '%') or b = $one", 1],
    ['a > ${inputs.number}', 'a > $number', 1],
    ['a = ${inputs.flag}', 'a = $flag', 1],
    ["a <= '${inputs.range.end}'", 'a <= $as_of', 1],
    ["a >= '${inputs.range.start}'", "a >= '1900-01-01'", 1],
  ];
  for (const [written, expected, count] of cases) {
    const { sql, findings } = composed('q', { q: `select * from orders where ${written}` }, inputs);
    assert.equal(sql, `select * from orders where ${expected}\n`);
    assert.deepEqual([findings.length, findings[0]?.kind, findings[0]?.line], [count, 'decide', 10], written);
  }
  assert.deepEqual(composed('q', { q: "select '${inputs.one}' as a, ${inputs.number} as b, ${inputs.flag} as c" }, inputs).parameters, { one: "O'Neill", number: 7, flag: true });
  for (const open of ["a = '${inputs.open.value}'", "a = '${inputs.none.value}'", '${inputs.one.value} = 1', "a = '${params.x}'", "a = '${params.x.replace(/'/g, \"''\")}'", '${x.y()} = 1', "a = E'${inputs.one}'"]) {
    assert.ok(composed('q', { q: `select * from orders where\n${open}` }, inputs).findings.some(({ kind, line }) => kind === 'block' && line === 11), open);
  }
});

test('names of any letters, choices on maps, and rows that a component narrows down', () => {
  const page = readPage('pages/p.md', new Map([['pages/p.md', "```sql población\nselect * from orders where a >= ${inputs.año.value}\n```\n<Dropdown name=año defaultValue=2024/>\n<AreaMap data={población} name=ort/>\n<DataTable data={población.where(`b = 'x' or c`).limit(5)}/>\n<BarChart data={población.where(`b = '${inputs.ort.b}'`)}/>\n<Value data={población.filter(x => x)}/>"]]));
  assert.deepEqual([...page.queries.values()].slice(1).map(({ name, sql, line }) => [name, sql, line]), [
    ['población_part', "SELECT * FROM ${población} WHERE (b = 'x' or c) LIMIT 5", 6],
    ['población_part_2', "SELECT * FROM ${población} WHERE (b = '${inputs.ort.b}')", 7],
  ]);
  assert.deepEqual(page.shown.map(({ attributes }) => attributes.get('data')), ['población', 'población_part', 'población_part_2', 'población.filter(x => x)']);
  const whole = composeQuery('población_part', page.queries, page.inputs, KNOWN);
  assert.equal(whole.sql, "WITH poblacion AS (\nselect * from orders where a >= $ano\n)\nSELECT * FROM poblacion WHERE (b = 'x' or c) LIMIT 5\n");
  assert.deepEqual(whole.parameters, { ano: 2024 });
  assert.deepEqual(composeQuery('población_part_2', page.queries, page.inputs, KNOWN).findings.at(-1)!.what, 'readers choose ort, and nothing says what it begins with');
});

test('tables of the old home are named as sources, wherever they stand', () => {
  const rewrite = (sql: string): string => rewriteTables({ sql, file: 'a.sql', line: 1 }, KNOWN, new Set()).sql;
  assert.equal(rewrite('select o.a from db.main.orders o, shop.order_items, (select 1) x'), 'select o.a from orders o, "order-items" AS order_items, (select 1) x');
  assert.equal(rewrite('with orders as (select * from "shop"."Customers") select extract(year from day) from orders'), 'with orders as (select * from customers) select extract(year from day) from orders');
  assert.equal(rewrite("select now(), t.today, current_date - 1, 'current_date' from orders t"), "select CAST($as_of AS TIMESTAMP), t.today, $as_of - 1, 'current_date' from orders t");
  assert.equal(rewrite('select * from range(3), unnest([1]) u where a in (select b from orders)'), 'select * from range(3), unnest([1]) u where a in (select b from orders)');
  const { findings } = rewriteTables({ sql: "select *\nfrom 'x.csv'\njoin y on true", file: 'a.sql', line: 3 }, KNOWN, new Set());
  assert.deepEqual(findings.map(({ kind, line }) => [kind, line]), [['block', 4], ['block', 5]]);
});

test('format codes become d3-formats that are valid', () => {
  const cases: [string, string | undefined, string?][] = [
    ['usd', '$,.0f'], ['usd2', '$,.2f'], ['usd1k', '$,.3~s'], ['eur0', ',.0f', 'EUR'], ['num0', ',.0f'], ['num2', ',.2f'], ['num1m', ',.3~s'], ['pct', '.1%'], ['pct0', '.0%'], ['pct2', '.2%'], ['id', 'd'], ['mult1', ',.1f', '×'], ['sci', '.2e'],
    ['$#,##0.00', '$,.2f'], ['#,##0', ',.0f'], ['0.0%', '.1%'], ['0.00" days"', ',.2f'.slice(1), 'days'], ['€#,##0', ',.0f', 'EUR'], ['$#,##0.0,,"M"', '$,.3~s'], ['0', '.0f'],
    ['mmm d, yyyy', undefined], ['shortdate', undefined], ['[Red]0', undefined], ['x'.repeat(5_000), undefined],
  ];
  for (const [code, format, unit] of cases) {
    const found = formatFrom(code);
    assert.deepEqual([found?.format, found?.unit], [format, unit], code);
    if (format !== undefined) assert.ok(formatSpecifier(format));
  }
  assert.equal(formatOfName('sales_usd0k')?.format, '$,.2~s');
  assert.deepEqual(['growth_pct1', 'sales_usd', 'total_num0', 'orders', 'last_mult'].map(nameWithoutFormat), ['growth', 'sales', 'total', 'orders', 'last_mult']);
});

test('the words of a page stay, without what is computed and what leads nowhere', () => {
  const text = '---\ntitle: T\n---\n# Sales\n\nKept, [page](/x), [out](https://e.org), ![p](/p.png) `<b>`.\n\nThere were <Value data={q}/> of them.\n\nAnd {q.length} more.\n\n## Empty\n\n### Empty too\n\n<LineChart data={q}/>\n\n## Said\n\n<Details title="x">\n\nInside.\n\n</Details>\n\n{#each q as r}\n\nNot kept.\n\n{/each}\n\n<style>.a{}</style>\n<script>alert(1)</script>\n\n## Last\n\n- one\n- two\n';
  const page = readPage('pages/p.md', new Map([['pages/p.md', text]]));
  const { narrative, heading } = narrativeOf(page);
  assert.equal(heading, 'Sales');
  assert.equal(narrative, 'Kept, page, [out](https://e.org),  `<b>`.\n\n## Said\n\nInside.\n\n## Last\n\n- one\n- two\n');
  assert.deepEqual(page.findings.map(({ line, what }) => `${line} ${what.slice(0, 11)}`).sort(), ['10 a paragraph', '26 a loop repe', '33 the page ho', '8 a paragraph'].map((one) => one.slice(0, one.indexOf(' ') + 12)));
});

test('a page becomes a report for each query that it shows; figures of their own stand together', () => {
  const page = '```sql a\nselect count(*) as n from orders\n```\n```sql b\nselect sum(x) as x_usd from customers\n```\n```sql c\nselect day, x from orders\n```\n```sql unseen\nselect 1\n```\n<BigValue data={a} value=n/>\n<BigValue data={b} value=x_usd title="Worth"/>\n<LineChart data={c} x=day y=x title="Trend"/>\n<DataTable data={c}/>\n<DataTable data={c}/>\n<DataTable data={gone}/>\n';
  const { reports } = planEvidence(new Map([['pages/team/index.md', page], ['README.md', page]]), KNOWN);
  assert.deepEqual(reports.map(({ name, title, shown }) => [name, title, shown.length]), [['team/overview-figures', 'Overview: Figures', 2], ['team/overview', 'Overview', 3]]);
  assert.match(reports[0]!.sql, /SELECT\n {2}\(SELECT "n" FROM a LIMIT 1\) AS a_n,\n {2}\(SELECT "x_usd" FROM b LIMIT 1\) AS b_x\n$/);
  assert.deepEqual([...reports[0]!.shown[1]!.attributes], [['data', 'b'], ['value', 'b_x'], ['title', 'Worth'], ['fmt', 'usd']]);
  assert.ok(reports[1]!.findings.some(({ what }) => /gone, which is no query/.test(what)));
});

test('each query of a page that is in no report is named', () => {
  const told = (page: string): string[] => {
    const { reports, findings } = planEvidence(new Map([['pages/p.md', page]]), KNOWN);
    return [...findings, ...reports.flatMap((one) => one.findings)].filter(({ what }) => what.includes('not imported')).map(({ kind, line, what }) => `${kind} ${line} ${what}`);
  };
  const queries = '```sql read\nselect * from orders\n```\n```sql shown\nselect day, x from ${read}\n```\n```sql looped\nselect * from customers\n```\n```sql chosen\nselect 1\n```\n```sql alone\nselect 2\n```\n';
  const rest = '<Dropdown name=d data={chosen} value=a/>\n{#each looped as row}\n\n{row.x}\n\n{/each}\n';
  const loops = 'decide 8 the query looped is not imported: no chart or table shows it';
  const choices = 'note 11 the query chosen is not imported: readers chose from it';
  const nobody = 'decide 14 the query alone is not imported: no chart or table shows it';
  assert.deepEqual(told(`${queries}<LineChart data={shown} x=day y=x/>\n${rest}`), [loops, choices, nobody]);
  assert.deepEqual(told(`${queries}${rest}`), ['decide 2 the query read is not imported: no chart or table shows it', 'decide 5 the query shown is not imported: no chart or table shows it', loops, choices, nobody]);
  const page = readPage('pages/p.md', new Map([['pages/p.md', `${queries}${rest}`]]));
  assert.ok(page.findings.every(({ remedy }) => !remedy.includes('stand in the report’s table')));
});

test('files become ids', () => {
  assert.deepEqual(['Sales/Q1 Numbers', 'index', 'a/index', '[id]', 'sources/v1', '日本'].map((file) => segmentsOf(file).join('/')), ['sales/q1-numbers', 'overview', 'a/overview', 'id', 'sources-report/v1-report', 'page']);
});
