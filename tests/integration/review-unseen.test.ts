import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, commit, daybook, git, newInstance, report, write, type Files } from './instance.ts';
import { gatesOf, only, reviewOf } from './reviewed.ts';

/* Changes that move what readers see, and that a comparison of two results does not show by itself. */

const SQL = 'select day, region, orders, orders * 2 as returns from orders where day <= $as_of';
const METRICS = 'metrics: { orders: { label: Orders, value: sum(orders) }, returns: { label: Returns, value: sum(returns) } }\n';
const good = (more: string, sql = SQL): Files => report('good', sql, `as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\n${more}`);
const listed = (more = '', sql = SQL): Files => report('good', sql, `key: [day, region]\n${more}`);
const edited = (files: Files, from: string, to: string): Files => Object.fromEntries(Object.entries(files).map(([file, text]) => [file, String(text).replace(from, to)]));

test('two results without rows are the same, and nothing is known of the change', async (t) => {
  const none = (sql: string): Files => listed('checks: [{ rows: { min: 0 } }]\n', sql.replace('day <=', 'day ='));
  const root = await newInstance(t, none(SQL));
  const { review } = await reviewOf(t, root, none(SQL.replace('orders,', 'orders * 1000 as orders,')));
  assert.deepEqual([review.verdict, only(review).comparison?.kind], ['review', 'equal']);
  assert.deepEqual(gatesOf(only(review).gates, 'empty'), ['warn fail 0 → 0 rows: the change is compared on nothing']);
});

test('a column that is only shown, and that the result has not, would fail the next run', async (t) => {
  const root = await newInstance(t, good(METRICS));
  for (const shown of ['sort: [-regoin]', 'dimensions: { site: { label: Site } }', 'columns: { site: { label: Site } }']) {
    const { review } = await reviewOf(t, root, good(`${METRICS}${shown}\n`));
    assert.equal(review.verdict, 'block', shown);
    assert.match(gatesOf(only(review).gates, 'status').join(), /^block fail result-column: /);
  }
  const { review } = await reviewOf(t, root, good(`${METRICS}sort: [-region]\ndimensions: { region: { label: Region } }\n`));
  assert.deepEqual(only(review).gates.flatMap(({ gate, status }) => (status === 'fail' ? [gate] : [])), ['words', 'words']);
});

test('a condition on a day to come, or on data to come, gives the same today, and is for people; layout is not', async (t) => {
  const root = await newInstance(t, { ...good(METRICS), 'queries/macros/m.sql': 'CREATE MACRO own(x) AS x;\n', ...report('other', 'select day, region, own(orders) as orders from orders where day <= $as_of and orders > $least', 'key: [day, region]\nparameters: { least: 0 }\n') });
  const told = async (files: Files): Promise<[string, string[]][]> => (await reviewOf(t, root, files)).review.reports.map(({ verdict, gates }) => [verdict, gatesOf(gates, 'query')]);
  const otherwise = (what: string): [string, string[]][] => [['review', [`warn fail the result is the same today; ${what} asked for otherwise, which other data or another day may show`]]];
  assert.deepEqual(await told(good(METRICS, `${SQL} and not ($as_of > DATE '2026-03-01' and region = 'north')`)), otherwise('which rows it takes is'));
  assert.deepEqual(await told(good(METRICS, SQL.replace('orders,', "case when $as_of > DATE '2026-03-01' then orders * 2 else orders end as orders,"))), otherwise('what it selects is'));
  assert.deepEqual(await told(good(METRICS, `${SQL} and orders < 1000 order by orders`)), otherwise('the order of its rows and which rows it takes are'));
  assert.deepEqual(await told({ 'queries/macros/m.sql': 'CREATE MACRO own(x) AS CASE WHEN x > 1000 THEN 0 ELSE x END;\n' }), otherwise('what it selects is'));
  assert.deepEqual(await told(edited(report('other', 'select day, region, own(orders) as orders from orders where day <= $as_of and orders > $least', 'key: [day, region]\nparameters: { least: 0 }\n'), 'least: 0', 'least: 1')), otherwise('a parameter (least: 0 → 1) is'));
  assert.deepEqual(await told(good(METRICS.replace('value: sum(returns)', 'value: sum(orders) + sum(orders)'))), otherwise('the value of Returns (sum(returns) → sum(orders) + sum(orders)) is'));
  assert.deepEqual(await told({ 'queries/sources/orders.yml': 'files: data/orders*.csv\ncolumns: { day: DATE, orders: BIGINT }\n' }), [...otherwise('a source (files) is'), ...otherwise('a source (files) is')]);
  assert.deepEqual(await told(good(METRICS, SQL.replace('select ', '-- all of it\nSELECT  '))), [['pass', ['warn pass it does not']]]);
});

test('the same rows as of another day are no longer the same', async (t) => {
  const root = await newInstance(t, good(METRICS));
  const { review } = await reviewOf(t, root, edited(good(METRICS), 'as_of: { column: day }\n', ''));
  assert.equal(review.verdict, 'review');
  assert.deepEqual(gatesOf(only(review).gates, 'inputs'), ['warn fail the result is as of 2026-01-07 before, 2026-01-08 after']);
});

test('a metric that cannot be computed at an earlier period ends no review, and hides no other one', async (t) => {
  const large = SQL.replace('orders * 2', "case when day < '2026-01-07' then 100000000000000000000000000000::hugeint else 1 end");
  const one = 'metrics: { orders: { label: Orders, value: sum(orders) } }\n';
  const root = await newInstance(t, { ...good(one, large), ...report('other', SQL, 'key: [day, region]\n') });
  const { review } = await reviewOf(t, root, {
    ...good(one.replace(' }\n', ', more: { label: More, value: sum(returns) * sum(returns) * sum(returns) } }\n'), large.replace('orders,', "case when day = '2026-01-06' and region = 'south' then orders + 1 else orders end as orders,")),
    ...report('other', SQL.replace('* 2', '* 2 + 0'), 'key: [day, region]\n'),
  });
  assert.deepEqual(review.reports.map((report) => [report.report, report.verdict]), [['team/good', 'incomplete'], ['team/other', 'review']]);
  assert.match(gatesOf(review.reports[0]!.gates, 'metrics').join(), /^warn not-run periods before the newest were not compared: .*cannot compute/);
});

test('a few values that move the total of a column are no small change of it', async (t) => {
  const csv = `day,region,orders\n${Array.from({ length: 40 }, (_, at) => `2026-01-0${1 + (at % 7)},r${at},${100 + at}`).join('\n')}\n`;
  const root = await newInstance(t, { ...listed(), 'data/orders.csv': csv });
  const values = async (sql: string): Promise<string[]> => gatesOf(only((await reviewOf(t, root, listed('', sql))).review).gates, 'values');
  assert.deepEqual(await values(SQL.replace('orders,', "case when region = 'r3' then orders * 10 else orders end as orders,")), ['warn fail its total 4,780 → 5,707, up 19.4%']);
  assert.deepEqual(await values(SQL.replace('orders,', "case when region = 'r3' then orders + 1 else orders end as orders,")), ['warn pass in no column']);
});

test('a column of another name, which the report says by `was`, is written as it was; one that stays is nobody else’s', async (t) => {
  const shown = (columns: string, where: string, more = ''): string => `metrics: { orders: { label: Orders, value: sum(orders) } }\ncharts: [{ type: bar, y: orders, x: ${where} }]\ndimensions: { ${where}: { label: Where${more} } }\ncolumns: { ${columns} }\n`;
  const root = await newInstance(t, good(shown('returns: { label: Sent back, format: ",d", unit: kEUR }', 'region')));
  const words = async (files: Files): Promise<string[]> => gatesOf(only((await reviewOf(t, root, files)).review).gates, 'words');
  const renamed = (columns: string): Files => edited(good(shown(columns, 'area', ', was: region'), SQL.replace('as returns', 'as sent').replace('region', 'region as area')), 'key: [day, region]', 'key: [day, area]');
  assert.deepEqual(await words(renamed('sent: { label: Sent back, format: ",d", unit: kEUR, was: returns }')), ['warn pass it does']);
  assert.deepEqual(await words(renamed('sent: { label: Sent back, format: ".1%", unit: kEUR, was: returns }')), ['warn fail format of column sent: ,d → .1%']);
  assert.deepEqual(await words(good(shown('returns: { label: Sent back, format: ",d", unit: kEUR }, orders: { format: ",d", unit: kEUR, was: returns }', 'region'))), ['warn fail format of column orders: none → ,d', 'warn fail unit of column orders: none → kEUR']);
});

test('what people have written beside the numbers is read by a person, whatever it says, and layout is none of it', async (t) => {
  const charts = (y: string): string => `charts: [{ type: line, y: ${y}, title: All orders }]\n`;
  const long = `${'On each day of the month '.repeat(10)}210 orders came in.`;
  const root = await newInstance(t, { ...good(METRICS + charts('orders')), 'reports/team/good.md': `${long}\n` });
  const words = async (change: Files): Promise<string[]> => {
    const { review } = await reviewOf(t, root, change);
    const told = review.reports.flatMap(({ gates }) => gatesOf(gates, 'words')).filter((gate) => gate.startsWith('warn fail '));
    assert.equal(review.verdict, told.length > 0 ? 'review' : 'pass');
    return told.map((gate) => gate.slice('warn fail '.length));
  };
  const swapped = edited(edited(edited(good(METRICS + charts('orders')), 'label: Orders', 'label: X'), 'label: Returns', 'label: Orders'), 'label: X', 'label: Returns');
  assert.deepEqual(await words(swapped), ['label of orders: Orders → Returns', 'label of returns: Returns → Orders']);
  // One of its letters is Cyrillic.
  assert.deepEqual(await words(edited(good(METRICS + charts('orders')), 'label: Orders', 'label: "\\u041Erders"')), ['label of orders: Orders → \u041Erders']);
  assert.deepEqual(await words(good(`${METRICS}${charts('orders')}columns: { returns: { format: ".1%", unit: kEUR, label: orders } }\n`)), ['label of column returns: none → orders', 'format of column returns: none → .1%', 'unit of column returns: none → kEUR']);
  assert.deepEqual(await words(good(METRICS + charts('returns'))), ['chart All orders: line of orders → line of returns']);
  assert.deepEqual(await words(good(METRICS)), ['chart All orders: line of orders → none']);
  assert.deepEqual(await words(edited(good(METRICS + charts('orders')), 'What it shows.', 'What it shows, by ½.')), ['description: What it shows. → What it shows, by ½.']);
  assert.deepEqual(await words({ 'reports/team/good.md': `${long.replace('210', '<!-- 210 -->')}\n` }), ['narrative: …On each day of the month 210 orders came in. → …On each day of the month <!-- 210 --> orders came in.']);
  assert.deepEqual(await words({ 'reports/team/good.md': `${long.replaceAll(' day', '  day')}\n\n` }), []);
  // To Markdown, a line that joins the one before falls out of a table.
  assert.deepEqual(await words({ 'reports/team/good.md': `${long.replace(' 210', '\n210')}\n` }), ['narrative: …On each day of the month 210 orders came in. → …On each day of the month ⏎ 210 orders came in.']);
  const instance = async (from: string, to: string): Promise<string[]> => gatesOf((await reviewOf(t, root, { 'daybook.yml': BASE['daybook.yml']!.toString().replace(from, to) })).review.gates, 'policy');
  assert.deepEqual(await instance('title: Team', 'title: Sales'), ['warn fail 1 rule: daybook.yml: teams.team: Team → Sales']);
  // What stands on each page, and belongs to no report.
  assert.deepEqual(await instance('title: Test', 'title: Bank\ndescription: Audited.'), ['warn fail daybook.yml: title: Test → Bank', 'warn fail daybook.yml: description: none → Audited.']);
  assert.deepEqual(await instance('title: Team', 'title: Team, description: Audited.'), ['warn fail 1 rule: daybook.yml: teams.team.description: none → Audited.']);
});

test('a change within all thresholds is no result that is the same, also in the first line', async (t) => {
  const csv = `day,region,orders\n${Array.from({ length: 40 }, (_, at) => `2026-01-0${1 + (at % 7)},r${at},${100 + at}`).join('\n')}\n`;
  const root = await newInstance(t, { ...good(METRICS), 'data/orders.csv': csv });
  const { review, said, summary } = await reviewOf(t, root, good(METRICS, SQL.replace('orders,', "case when region = 'r34' then orders + 1 else orders end as orders,")));
  assert.deepEqual(only(review).gates.filter(({ status }) => status !== 'pass').map(({ gate, actual }) => [gate, actual]), [['query', 'the result is another today: 0 rows added, 0 removed, 1 changed of 40; what it selects is asked for otherwise']]);
  const first = 'query: Orders: 600 → 601, up 1 (0.2%); the result is another today: 0 rows added, 0 removed, 1 changed of 40; what it selects is asked for otherwise';
  assert.equal(said.text.split('\n')[0], `Review: 1 affected report. team/good, ${first}`);
  assert.ok(summary.split('\n')[0]!.includes('600 → 601'), summary.split('\n')[0]);
});

test('a metric that is new, and one of another period, are told as such in the first line', async (t) => {
  const root = await newInstance(t, good(METRICS));
  const first = async (from: string, to: string): Promise<string> => (await reviewOf(t, root, edited(good(METRICS), from, to))).said.text.split('\n')[0]!;
  assert.equal(await first('returns: {', 'profit: { label: Profit, value: sum(returns) }, returns: {'), 'Review: 1 affected report. team/good, query: Profit: new, 420; new: Profit, whose formula is for people to look at');
  const many = Array.from({ length: 14 }, (_, at) => `m${at}: { label: M${at}, value: max(orders) + ${at} }, `).join('');
  const { review } = await reviewOf(t, root, edited(edited(good(METRICS), 'returns: {', `${many}returns: {`), '0 6 * * *', '0 6 * * 1-5'));
  assert.match(gatesOf(only(review).gates, 'query').join(), /; new: M0, M1, M2, M3, M4 and 9 more, whose formulas are for people to look at; its schedule is asked for otherwise/);
  assert.equal(await first('time: { column: day, period: day }', ''), 'Review: 1 affected report. team/good, metrics: Orders: 210 → 618, up 408 (194%), of another period: 2026-01-07 → the whole result');
});

test('line endings are the checkout’s: those within a text of SQL move no number either', async (t) => {
  const sql = "select day, region, length(own('\n')) * orders as orders from orders where day <= $as_of";
  const macro = "create macro own(x) as x || '\n';\n";
  const root = await newInstance(t, { ...report('good', sql, `as_of: { column: day }\nkey: [day, region]\n${METRICS.replace(/, returns.*/, ' }')}`), 'queries/macros/own.sql': macro });
  const run = async (): Promise<string> => (await daybook(root, ['run', 'good'])).text.match(/orders = .*/)?.[0] ?? '';
  const before = await run();
  assert.equal(before, 'orders = 1,236');
  const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
  await write(root, { 'queries/team/good.sql': crlf(`${sql}\n`), 'queries/macros/own.sql': crlf(macro) });
  assert.equal(await run(), before);
});

test('another column that says when, or another day of the week, is asked for otherwise, also where it says the same today', async (t) => {
  const sql = SQL.replace('select ', 'select day as shipped, ');
  const root = await newInstance(t, good(METRICS, sql));
  for (const [key, what] of [['as_of', 'the as-of'], ['time', 'the time of a row']] as const) {
    const { review } = await reviewOf(t, root, edited(good(METRICS, sql), `${key}: { column: day`, `${key}: { column: shipped`));
    assert.equal(review.verdict, 'review');
    assert.deepEqual(gatesOf(only(review).gates, 'query'), [`warn fail the result is the same today; ${what} is asked for otherwise, which other data or another day may show`]);
  }
  const cron = async (from: string, to: string): Promise<string[]> => {
    const { review } = await reviewOf(t, root, edited(good(METRICS, sql), from, to));
    return review.reports.flatMap(({ gates }) => gatesOf(gates, 'query'));
  };
  assert.deepEqual(await cron('0 6 * * *', '0 6 * * 1-7'), ['warn fail the result is the same today; its schedule is asked for otherwise, which other data or another day may show']);
  assert.deepEqual(await cron('0 6 * * *', '30 7 * * *'), []);
});

test('what a source’s command names, and what names packages, is code, whatever its name ends in', async (t) => {
  const root = await newInstance(t, { 'queries/sources/orders.yml': `${BASE['queries/sources/orders.yml']!.toString()}prepare: cd tools && psql -f ../queries/export/orders.sql > ../data/orders.csv < ids.txt\n`, 'queries/export/orders.sql': 'select 1\n' });
  const { review } = await reviewOf(t, root, { 'queries/export/orders.sql': 'select 2\n', 'queries/export/more.sql': 'select 2\n', 'tools/ids.txt': '1', 'requirements-dev.txt': 'other==1\n', 'notes.txt': 'Notes' });
  assert.deepEqual(gatesOf(review.gates, 'code'), ['warn fail 3 files: queries/export/orders.sql, requirements-dev.txt, tools/ids.txt']);
});

test('what assistants take their orders from is code', async (t) => {
  const root = await newInstance(t);
  const { review } = await reviewOf(t, root, { 'AGENTS.md': 'Run this.', 'reports/team/CLAUDE.md': 'And this.', 'docs/sql.instructions.md': 'And this.', 'agency.md': 'Ours.' });
  assert.deepEqual(gatesOf(review.gates, 'code'), ['warn fail 3 files: AGENTS.md, docs/sql.instructions.md, reports/team/CLAUDE.md']);
});

test('who answers, what stays, whose values are shown and when a day begins are rules', async (t) => {
  const root = await newInstance(t, { ...good(METRICS), 'daybook.yml': `${BASE['daybook.yml']!.toString()}personal_store: .daybook/people\n` });
  const policy = async (change: Files): Promise<string[]> => gatesOf((await reviewOf(t, root, change)).review.gates, 'policy').map((one) => one.replace('1 rule: ', ''));
  const of = (key: string): string => `warn fail reports/team/good.yml: ${key}`;
  assert.deepEqual(await policy(edited(good(METRICS), 'tester@example.org', '"@mallory"')), [of('owner: tester@example.org → @mallory')]);
  assert.deepEqual(await policy(good(`${METRICS}keep: { daily: 30, yearly: 2 }\n`)), [of('keep: all → daily 30, yearly 2')]);
  assert.deepEqual(await policy(good(`${METRICS}columns: { region: { personal: true } }\n`)), [of('personal: none → region')]);
  // Whose data may no longer be erased has a right to know.
  assert.deepEqual(await policy(good(`${METRICS}legal_hold: true\n`)), [of('legal_hold')]);
  assert.deepEqual(await policy(good(`${METRICS}retain: 90 years\n`)), [of('retain')]);
  assert.deepEqual(await policy(edited(good(METRICS), '0 6 * * *"', '0 6 * * *", timezone: Pacific/Kiritimati')), [of('schedule.timezone: UTC → Pacific/Kiritimati')]);
});

test('a change that parted from its branch at two commits is not judged by one of them', async (t) => {
  const root = await newInstance(t, listed('', SQL.replace('orders,', 'orders * 2 as orders,')));
  await git(root, 'switch', '-q', '-c', 'mended');
  await write(root, listed());
  const mended = await commit(root, 'Orders were counted twice');
  await git(root, 'switch', '-q', 'main');
  await write(root, { 'README.md': 'Read me.\n' });
  const other = await commit(root, 'Words');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge mended', 'mended');
  // It has merged the same two, and taken the words alone: seen from where they came, it changes nothing.
  const head = await git(root, 'commit-tree', '-m', 'Change', '-p', other, '-p', mended, `${other}^{tree}`);
  assert.match(await git(root, 'merge-tree', '--write-tree', 'main', head), new RegExp(await git(root, 'rev-parse', `${other}^{tree}`)));
  const { code, out } = await daybook(root, ['review', `main..${head}`]);
  assert.equal(code, 2);
  assert.match(out, /^Incomplete: no report is affected\.[^]*\nNot run: status: it parted at [0-9a-f]{10} and [0-9a-f]{10}: merge that branch into it, or merging it could undo what is not shown\n/);

  await git(root, 'switch', '-q', '--detach', head);
  await git(root, 'merge', '-q', '-m', 'From main', 'main');
  const { out: seen } = await daybook(root, ['review', 'main..HEAD']);
  assert.match(seen, /^Review: 1 affected report\. team\/good, values: orders: 6 of 6 changed/);
  const range = await daybook(root, ['verify', '--range', `main..${head}`]);
  assert.equal(range.code, 2);
  assert.match(range.err, /2 commits where its sides parted[^]*git merge main \[git-diverged\]/);
});
