import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { impactOf } from '../../src/analysis/review/impact.ts';
import { inverse, movedReports, underIds } from '../../src/analysis/review/moved-reports.ts';
import { macroFilesOf } from '../../src/analysis/sql/macro-reach.ts';
import { loadDefinitions, type Definitions } from '../../src/report/load.ts';

type Files = { [file: string]: string };

const YAML = `title: Orders
team: sales
owner: a@example.org
description: Orders by day.
sources: [orders]
schedule: { cron: "0 6 * * *" }
as_of: { column: day }
parameters: { least: 1 }
key: [day]
dimensions: { region: { label: Region } }
metrics:
  orders: { label: Orders, value: sum(orders), target: 5 }
  share: { label: Share, value: sum(orders) / count() }
checks: [{ column: day, not_null: true }]
`;

const BASE: Files = {
  'daybook.yml': 'title: T\ninstance: t\nteams: { sales: { title: Sales } }\n',
  'queries/sources/orders.yml': 'files: data/orders/*.csv\ncolumns: { day: DATE }\n',
  'queries/sources/other.yml': 'files: data/other.csv\n',
  'queries/macros/math.sql': 'create macro half(x) as x / 2;\ncreate macro quarter(x) as half(half(x));\n',
  'queries/macros/text.sql': 'create macro shout(x) as upper(x);\n',
  'reports/sales/orders.yml': YAML,
  'queries/sales/orders.sql': 'select day, region, quarter(orders) as orders\nfrom orders\nwhere day <= $as_of\n',
  'reports/sales/plain.yml': YAML.replace('sources: [orders]', 'sources: [other]'),
  'queries/sales/plain.sql': 'select day, region, orders from other\n',
};

async function definitionsOf(files: Files): Promise<Definitions> {
  const root = await mkdtemp(path.join(tmpdir(), 'daybook-impact-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
    return loadDefinitions(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** `sales/orders modified query(queries/sales/orders.sql)` */
async function impact(changes: { [file: string]: string | null }, data: string[] = [], base = BASE): Promise<string[]> {
  const head = Object.fromEntries(Object.entries({ ...base, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null));
  const [old, now] = [await definitionsOf(base), await definitionsOf(head)];
  const moved = movedReports(old, now);
  return impactOf(underIds(old, inverse(moved)), now, { files: [...Object.keys(changes), ...data], data, moved }).map(({ report, change, causes }) => `${report} ${change} ${causes.map(({ kind, file, detail }) => `${kind}(${file}${detail === '' ? '' : `: ${detail}`})`).join(' ')}`);
}

const yaml = (from: string, to: string, file = 'reports/sales/orders.yml'): Files => {
  assert.ok(BASE[file]!.includes(from), from);
  return { [file]: BASE[file]!.replace(from, to) };
};

test('a report is affected by what it depends on', async () => {
  const cases: [title: string, changes: { [file: string]: string | null }, expected: string[], data?: string[]][] = [
    ['nothing', {}, []],
    ['line endings', Object.fromEntries(Object.entries(BASE).map(([file, text]) => [file, text.replaceAll('\n', '\r\n')])), []],
    ['the order of keys', { 'reports/sales/orders.yml': YAML.split('\n').filter(Boolean).slice(0, 9).reverse().join('\n') + YAML.slice(YAML.indexOf('\ndimensions')) }, []],
    ['layout', yaml('value: sum(orders) / count()', 'value: "sum( orders )/count()"'), []],
    ['the query', { 'queries/sales/orders.sql': 'select day, region, orders from orders' }, ['sales/orders modified query(queries/sales/orders.sql)']],
    ['a macro, through another', { 'queries/macros/math.sql': BASE['queries/macros/math.sql']!.replace('x / 2', 'x * 0.5') }, ['sales/orders modified macro(queries/macros/math.sql: half)']],
    ['a macro whose name says where it is', { 'queries/macros/more.sql': 'create or replace temp macro memory.main.half(x) as x / 3;\n' }, ['sales/orders modified macro(queries/macros/math.sql: half)']],
    ['a macro of a column’s name', { 'queries/macros/more.sql': 'create macro region(x) as x;\ncreate macro orders(x) as x;\n' }, []],
    ['a macro that nobody uses', { 'queries/macros/text.sql': 'create macro shout(x) as lower(x);\n' }, []],
    ['a macro beside those that are used', { 'queries/macros/math.sql': `${BASE['queries/macros/math.sql']}create macro third(x) as x / 3;\n` }, []],
    ['a statement that breaks a file of macros', { 'queries/macros/math.sql': `${BASE['queries/macros/math.sql']}drop table x;\n` }, ['sales/orders modified macro(queries/macros/math.sql: quarter, half)']],
    ['macros that move to another file', { 'queries/macros/math.sql': null, 'queries/macros/maths.sql': BASE['queries/macros/math.sql']! }, []],
    ['a macro that is gone', { 'queries/macros/math.sql': 'create macro half(x) as x / 2;\n' }, ['sales/orders modified macro(queries/macros/math.sql: quarter)']],
    ['key, metric, check', { 'reports/sales/orders.yml': YAML.replace('key: [day]', 'key: [day, region]').replace('value: sum(orders),', 'value: max(orders),').replace('not_null', 'unique') }, ['sales/orders modified definition(reports/sales/orders.yml: key, checks, metrics.orders.value: sum(orders) → max(orders))']],
    ['a metric more', yaml('checks:', '  least: { label: Least, value: min(orders) }\nchecks:'), ['sales/orders modified definition(reports/sales/orders.yml: metrics.least)']],
    ['names that every object has', yaml('parameters: { least: 1 }', 'columns: { toString: { label: To } }\nparameters: { least: 1, constructor: 1 }'), ['sales/orders modified definition(reports/sales/orders.yml: columns.toString) parameters(reports/sales/orders.yml: constructor)']],
    ['a metric of such a name', yaml('checks:', '  constructor: { label: Least, value: min(orders) }\nchecks:'), ['sales/orders modified definition(reports/sales/orders.yml: metrics.constructor)']],
    ['a parameter', yaml('least: 1', 'least: 2'), ['sales/orders modified parameters(reports/sales/orders.yml: least: 1 → 2)']],
    ['the hour of a daily report', yaml('0 6 *', '0 7 *'), ['sales/orders described words(reports/sales/orders.yml: schedule.cron)']],
    ['its days', yaml('0 6 * * *', '0 6 * * 1'), ['sales/orders modified definition(reports/sales/orders.yml: schedule.cron)']],
    ['twice a day', yaml('0 6 *', '0 6,18 *'), ['sales/orders modified definition(reports/sales/orders.yml: schedule.cron)']],
    ['a target', yaml('target: 5', 'target: 6'), ['sales/orders described words(reports/sales/orders.yml: metrics.orders.target)']],
    ['words', { ...yaml('title: Orders', 'title: All orders\ncharts: [{ type: bar, y: share }]'), 'reports/sales/orders.md': 'Look here.' }, ['sales/orders described words(reports/sales/orders.yml: title, charts) words(reports/sales/orders.md)']],
    ['labels', yaml('label: Region', 'label: Area'), ['sales/orders described words(reports/sales/orders.yml: dimensions.region.label)']],
    ['a column that is named anew, and may not be there', yaml('key:', 'sort: [-week, day]\ncolumns: { site: { label: Site }, orders: { unit: EUR } }\nkey:'), ['sales/orders modified definition(reports/sales/orders.yml: sort, columns.site) words(reports/sales/orders.yml: columns.orders)']],
    ['another order by what is named', yaml('key:', 'sort: [-orders]\nkey:'), ['sales/orders described words(reports/sales/orders.yml: sort)']],
    ['words and numbers', { ...yaml('title: Orders', 'title: All orders'), 'queries/sales/orders.sql': 'select 1' }, ['sales/orders modified query(queries/sales/orders.sql) words(reports/sales/orders.yml: title)']],
    ['how a source is read', yaml('DATE', 'TIMESTAMP', 'queries/sources/orders.yml'), ['sales/orders modified source(queries/sources/orders.yml: columns)']],
    ['one file as a list of one', { 'queries/sources/orders.yml': 'columns: { day: DATE }\nfiles: ["data/orders/*.csv"]\n' }, []],
    ['words of a source', { 'queries/sources/orders.yml': `${BASE['queries/sources/orders.yml']}license: MIT\n` }, ['sales/orders described words(queries/sources/orders.yml: license)']],
    ['data', {}, ['sales/orders modified data(data/orders/may.csv)', 'sales/plain modified data(data/other.csv)'], ['data/orders/may.csv', 'data/other.csv', 'data/unread.csv']],
    ['default limits', { 'daybook.yml': `${BASE['daybook.yml']}defaults: { seconds: 30 }\n` }, ['sales/orders modified settings(daybook.yml: defaults.seconds)', 'sales/plain modified settings(daybook.yml: defaults.seconds)']],
    ['a limit of its own', yaml('key:', 'limits: { rows: 10 }\nkey:'), ['sales/orders modified definition(reports/sales/orders.yml: limits.rows)']],
    ['the default zone', { 'daybook.yml': `${BASE['daybook.yml']}defaults: { timezone: Europe/Berlin }\n` }, ['sales/orders modified settings(daybook.yml: defaults.timezone)', 'sales/plain modified settings(daybook.yml: defaults.timezone)']],
    ['the instance’s title', { 'daybook.yml': BASE['daybook.yml']!.replace('title: T', 'title: U') }, []],
    ['a report more', { 'reports/sales/new.yml': YAML, 'queries/sales/new.sql': 'select 1' }, ['sales/new added definition(reports/sales/new.yml) query(queries/sales/new.sql)']],
    ['a report less', { 'reports/sales/plain.yml': null }, ['sales/plain removed definition(reports/sales/plain.yml) query(queries/sales/plain.sql)']],
    ['a report under another name', { 'reports/sales/orders.yml': null, 'queries/sales/orders.sql': null, 'reports/sales/all.yml': YAML, 'queries/sales/all.sql': BASE['queries/sales/orders.sql']! }, [
      'sales/all modified definition(reports/sales/all.yml: was sales/orders)',
    ]],
    ['and with edits', { 'reports/sales/orders.yml': null, 'queries/sales/orders.sql': null, 'reports/sales/all.yml': YAML.replace('target: 5', 'target: 6'), 'queries/sales/all.sql': 'select 1' }, [
      'sales/all modified definition(reports/sales/all.yml: was sales/orders) query(queries/sales/all.sql) words(reports/sales/all.yml: metrics.orders.target)',
    ]],
    ['a report that cannot be read any more', yaml('key:', 'kye:'), ['sales/orders modified unreadable(reports/sales/orders.yml: unknown key "kye"; did you mean "key"?)']],
    ['a new one that cannot be read', { 'reports/sales/new.yml': 'title: New\n' }, ['sales/new added unreadable(reports/sales/new.yml: team: missing; expected a text']],
    ['a source that is gone', { 'queries/sources/other.yml': null }, ['sales/plain modified unreadable(reports/sales/plain.yml: there is no source "other"']],
  ];
  for (const [title, changes, expected, data] of cases) {
    const found = await impact(changes, data);
    // The words of an error may go on.
    assert.deepEqual(found.map((one, index) => (one.includes(' unreadable(') ? one.slice(0, expected[index]?.length) : one)), expected, title);
  }
});

test('a report that can be read again is affected, one that stays broken is not', async () => {
  const broken = { ...BASE, ...yaml('key:', 'kye:') };
  assert.deepEqual(await impact({ 'reports/sales/orders.yml': YAML }, [], broken), ['sales/orders modified unreadable(reports/sales/orders.yml: before: unknown key "kye"; did you mean "key"?)']);
  assert.deepEqual(await impact({ 'reports/sales/plain.yml': null, 'queries/macros/text.sql': null, 'queries/sales/plain.sql': 'select 1' }, [], broken), ['sales/plain removed definition(reports/sales/plain.yml) query(queries/sales/plain.sql)']);
});

test('a report that stays broken while one of its files changes is affected: nobody knows what it does', async () => {
  const said = 'unreadable(reports/sales/orders.yml: before and after: ';
  const yml = { ...BASE, ...yaml('key:', 'kye:') };
  const text = { ...BASE, 'reports/sales/orders.yml': 'title: [' };
  const source = { ...BASE, 'queries/sources/orders.yml': 'files: data/orders/*.csv\nmax_age: 2 days\n' };
  const cases: [title: string, base: Files, changes: { [file: string]: string | null }, expected: string | null, data?: string[]][] = [
    ['the query', yml, { 'queries/sales/orders.sql': 'select 1000 * orders from orders' }, 'query(queries/sales/orders.sql) '],
    ['the definition, elsewhere', yml, { 'reports/sales/orders.yml': yml['reports/sales/orders.yml']!.replace('target: 5', 'target: 6') }, 'definition(reports/sales/orders.yml) '],
    ['a macro', yml, { 'queries/macros/math.sql': BASE['queries/macros/math.sql']!.replace('x / 2', 'x * 2') }, 'macro(queries/macros/math.sql: half) '],
    ['a macro of others', yml, { 'queries/macros/text.sql': null }, null],
    ['a source', yml, { 'queries/sources/orders.yml': 'files: data/all.csv\n' }, 'source(queries/sources/orders.yml) '],
    ['a source of others', yml, { 'queries/sources/other.yml': 'files: data/o.csv\n' }, null],
    ['a source, where the file does not say which', text, { 'queries/sources/orders.yml': 'files: data/all.csv\n' }, 'source(queries/sources/orders.yml) '],
    ['data', yml, {}, 'data(data/orders/may.csv) ', ['data/orders/may.csv']],
    ['the query, where a source is broken', source, { 'queries/sales/orders.sql': 'select 1000 * orders from orders' }, 'query(queries/sales/orders.sql) '],
    ['the broken source', source, { 'queries/sources/orders.yml': 'files: data/all.csv\nmax_age: 2 days\n' }, 'source(queries/sources/orders.yml) '],
    ['what is none of it', source, { 'queries/sales/other.sql': 'select 1', 'daybook.yml': BASE['daybook.yml']!.replace('title: T', 'title: U') }, null],
  ];
  for (const [title, base, changes, expected, data] of cases) {
    const found = (await impact(changes, data, base)).filter((one) => one.startsWith('sales/orders '));
    const start = `sales/orders modified ${expected}${said}`;
    assert.deepEqual(found.map((one) => one.slice(0, start.length)), expected === null ? [] : [start], title);
  }
});

test('a report under another id is found again by what it shares, one to one, the best match first', async () => {
  const named = (title: string, more = ''): string => YAML.replace('title: Orders', `title: ${title}`) + more;
  const asked = (sql: string): string => `select day, region, orders from orders where ${sql}`;
  const pairs = async (gone: Files, come: Files): Promise<string[]> => {
    const rest = Object.fromEntries(Object.entries(BASE).filter(([file]) => !/sales\/(orders|plain)/.test(file)));
    return [...movedReports(await definitionsOf({ ...rest, ...gone }), await definitionsOf({ ...rest, ...come }))].map(([now, before]) => `${before} → ${now}`).sort();
  };
  const one = (id: string, yml: string, sql: string): Files => ({ [`reports/${id}.yml`]: yml, [`queries/${id}.sql`]: sql });
  const other = YAML.replace('orders: { label: Orders, value: sum(orders)', 'orders: { label: Orders, value: max(orders)');
  // The query, another file's query, the title, the metrics.
  assert.deepEqual(await pairs(one('sales/a', named('A'), asked('1=1')), one('sales/b', other, `\n${asked('1=1')}\r\n`)), ['sales/a → sales/b']);
  assert.deepEqual(await pairs({ ...one('sales/a', named('A', 'query: q.sql\n'), ''), 'queries/sales/q.sql': 'select 1' }, { ...one('sales/b', `${other}query: q.sql\n`, ''), 'queries/sales/q.sql': 'select 2' }), ['sales/a → sales/b']);
  assert.deepEqual(await pairs(one('sales/a', named('A'), asked('1=1')), one('b', named('A').replace('sum(orders)', 'max(orders)'), asked('2=2'))), ['sales/a → b']);
  assert.deepEqual(await pairs(one('sales/a', named('A'), asked('1=1')), one('b', named('B'), asked('2=2'))), ['sales/a → b']);
  assert.deepEqual(await pairs(one('sales/a', named('A'), asked('1=1')), one('sales/b', other.replace('title: Orders', 'title: B'), asked('2=2'))), []);
  // The one that stays is none that was renamed.
  assert.deepEqual(await pairs(one('sales/a', named('A'), asked('1=1')), { ...one('sales/a', named('A'), asked('1=1')), ...one('sales/b', named('A'), asked('1=1')) }), []);
  // The same query tells more than the same title, the same name more than the order of ids.
  assert.deepEqual(await pairs({ ...one('sales/a', named('A'), asked('1=1')), ...one('sales/b', named('B'), asked('2=2')) }, { ...one('sales/c', named('B'), asked('1=1')), ...one('sales/d', named('A'), asked('2=2')) }), ['sales/a → sales/c', 'sales/b → sales/d']);
  assert.deepEqual(await pairs({ ...one('sales/a', named('A'), asked('1=1')), ...one('sales/b', named('A'), asked('1=1')) }, { ...one('more/b', named('A'), asked('1=1')), ...one('more/z', named('A'), asked('1=1')) }), ['sales/a → more/z', 'sales/b → more/b']);
});

test('files of macros that a query reaches', async () => {
  const { macros } = await definitionsOf(BASE);
  const filesFor = (sql: string): string[] => macroFilesOf({ query: { file: 'q.sql', sql } }, macros).map(({ file }) => file);
  assert.deepEqual(filesFor('select QUARTER(x)'), ['queries/macros/math.sql']);
  assert.deepEqual(filesFor('select "shout"(x), half(y)'), ['queries/macros/math.sql', 'queries/macros/text.sql']);
  assert.deepEqual(filesFor("select 'half(x)' -- shout(x)"), []);
  // A column of a macro’s name calls nothing.
  assert.deepEqual(filesFor('select half, t."shout", sum(quarter) as quarter from t group by half'), []);
  assert.deepEqual(filesFor('select "half" /* of it */ (x), t.shout\u00A0()'), ['queries/macros/math.sql', 'queries/macros/text.sql']);
  // A file goes as a whole, with what its other macros need.
  const also = [...macros, { file: 'queries/macros/zone.sql', sql: 'create macro zone(a) as a;\ncreate macro loud(a) as shout(a);' }];
  assert.deepEqual(macroFilesOf({ query: { file: 'q.sql', sql: 'select zone(x)' } }, also).map(({ file }) => file), ['queries/macros/text.sql', 'queries/macros/zone.sql']);
});
