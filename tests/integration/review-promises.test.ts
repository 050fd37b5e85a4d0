import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { writeReviewFacts } from '../../scripts/preview/facts.ts';
import type { MadeReview } from '../../scripts/review/make.ts';
import type { Openness } from '../../src/analysis/review/personal.ts';
import type { ReportReview, Review } from '../../src/analysis/review/review.ts';
import type { Definitions } from '../../src/report/load.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Report } from '../../src/report/report.ts';
import { BASE, commit, daybook, git, newInstance, refresh, report, temporaryFolder, write, type Files } from './instance.ts';
import { gatesOf, only, reviewOf } from './reviewed.ts';

/* What a change takes from readers that no number shows. */

const SQL = 'select day, region, orders from orders where day <= $as_of';
const SOURCE = 'files: data/orders.csv\ncolumns: { day: DATE, orders: BIGINT }\n';


test('another target is no words: a gate says what it was, and as-ofs of the past say what would have been missed', async (t) => {
  const good = (metric: string): Files => report('good', SQL, `as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders), ${metric} } }\n`);
  const root = await newInstance(t, good('target: 200'));
  await refresh(root, ['good', '--from', '2026-01-05', '--to', '2026-01-08']);
  const { review, all } = await reviewOf(t, root, good('target: 209'));
  const one = only(review);
  assert.deepEqual([review.verdict, one.change, one.head], ['review', 'described', null]);
  assert.deepEqual(gatesOf(one.gates, 'metrics'), ['warn fail Orders: target 200 → 209']);
  assert.deepEqual(one.backtest?.points.map(({ asOf, alerts }) => [asOf, alerts]), [
    ['2026-01-05', { base: [], head: ['target: Orders'] }], ['2026-01-06', { base: [], head: ['target: Orders'] }], ['2026-01-07', { base: [], head: [] }],
  ]);
  assert.match(all, /an alert that would have been: .*target: Orders/);
  // A unit says nothing of what would have been missed.
  const unit = only((await reviewOf(t, root, good('target: 200, unit: EUR'))).review);
  assert.deepEqual([unit.verdict, unit.backtest, gatesOf(unit.gates, 'metrics')], ['review', null, ['warn fail Orders: unit none → EUR']]);
  // Beside another query both are told.
  const both = only((await reviewOf(t, root, { ...good('target: 209'), 'queries/team/good.sql': SQL.replace('orders from', 'orders * 2 as orders from') })).review);
  assert.deepEqual(gatesOf(both.gates, 'metrics'), ['warn fail 210 → 420, up 100%', 'warn fail Orders: target 200 → 209']);
});

test('promises about lateness that are taken away are named with what they were', async (t) => {
  const fresh = `${SOURCE}freshness: { column: day, within: 9000 days, level: error }\n`;
  const root = await newInstance(t, { 'queries/sources/orders.yml': fresh, 'queries/sources/copy.yml': SOURCE, ...report('other', SQL, 'key: [day, region]\n') });
  const { review, all } = await reviewOf(t, root, {
    'daybook.yml': `${BASE['daybook.yml']!.toString()}defaults: { catch_up: none }\n`,
    'queries/sources/orders.yml': fresh.replace('9000 days, level: error', '9999 days'),
    'reports/team/good.yml': BASE['reports/team/good.yml']!.toString().replace('0 6 * * *', '0 0 29 2 *'),
    ...Object.fromEntries(Object.entries(report('other', SQL.replace('from orders', 'from copy'), 'key: [day, region]\n')).map(([file, text]) => [file, String(text).replace('[orders]', '[copy]')])),
  });
  assert.equal(review.verdict, 'review');
  assert.deepEqual(gatesOf(review.gates, 'policy'), [
    'warn fail queries/sources/orders.yml: freshness: 9000 days, error → 9999 days, warn',
    'warn fail reports/team/good.yml: schedule.cron: 0 6 * * * → 0 0 29 2 * (on 365 → 0.25 days a year)',
    'warn fail reports/team/good.yml: schedule.catch_up: last → none',
    'warn fail reports/team/other.yml: schedule.catch_up: last → none',
    'warn fail reports/team/other.yml: sources: orders (freshness: 9000 days, error) → copy (freshness: none)',
  ]);
  assert.match(all, /schedule\.cron: 0 6 \* \* \* → 0 0 29 2 \*/);
  const alone = await reviewOf(t, root, { 'queries/sources/orders.yml': `${fresh}archive: 2026-01-07\n`, 'reports/team/good.yml': BASE['reports/team/good.yml']!.toString().replace('0 6 * * *', '30 7 * * *') });
  assert.deepEqual([alone.review.verdict, gatesOf(alone.review.gates, 'policy')], ['review', ['warn fail 1 rule: queries/sources/orders.yml: archive: none → 2026-01-07']]);
});

test('once a query about people has changed, nothing but counts is shown of it, whatever its columns are called', async (t) => {
  const staff = (more: string): string => `title: Staff\nteam: team\nowner: tester@example.org\ndescription: Who.\nsources: [people]\nschedule: { cron: "0 6 * * *" }\nkey: [name]\ncolumns: { name: { personal: true }, salary: { personal: true } }\nmetrics: { people: { label: People, value: count(name) }, letters: { label: Letters, value: sum(letters) }${more} }\n`;
  const [sql, leaking] = ['length(name)', 'salary'].map((letters) => `select name, salary, ${letters} as letters from people\n`) as [string, string];
  const root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml']!.toString()}personal_store: .daybook/people\n`,
    'data/people.csv': 'name,salary\nOla Nordmann,61234\nKari Nordmann,72345\n', 'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { salary: BIGINT }\n',
    'reports/team/staff.yml': staff(''), 'queries/team/staff.sql': sql,
  });
  const withoutValues = ({ all }: { all: string }): void => assert.doesNotMatch(all, /Nordmann|61234|72345|133579/);
  const most = ', most: { label: Most, value: max(letters) }';
  const changed = await reviewOf(t, root, { 'reports/team/staff.yml': staff(most), 'queries/team/staff.sql': leaking });
  withoutValues(changed);
  const one = only(changed.review);
  assert.deepEqual(one.head!.result!.metrics.map(({ name, value }) => [name, value]), [['people', '2']]);
  assert.equal(changed.review.verdict, 'review');
  assert.deepEqual(one.gates.filter(({ gate, status }) => gate === 'metrics' && status === 'fail').map(({ subject }) => subject), ['letters', 'most']);
  // By a macro, or by a source of the same name that reads the columns otherwise.
  withoutValues(await reviewOf(t, root, { 'queries/macros/length.sql': 'create macro letters_of(x) as x;\n', 'queries/team/staff.sql': leaking.replace('salary as letters', 'letters_of(salary) as letters') }));
  withoutValues(await reviewOf(t, root, { 'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { name: VARCHAR, salary: BIGINT }\n', 'data/people.csv': 'name,salary\nOla Nordmann,61234\nKari Nordmann,72345\nBo Nordmann,1\n' }));
  // What the same query makes of columns that everybody sees is shown.
  const same = only((await reviewOf(t, root, { 'reports/team/staff.yml': staff(most) })).review);
  assert.deepEqual(same.head!.result!.metrics.map(({ name, value }) => [name, value]), [['people', '2'], ['letters', '25'], ['most', '13']]);
});

test('a report that reads what another keeps as personal, and does not say so itself, is named', async (t) => {
  const of = (name: string, source: string, sql: string, more = ''): Files => Object.fromEntries(Object.entries(report(name, sql, more)).map(([file, text]) => [file, String(text).replace('[orders]', `[${source}]`)]));
  const root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml']!.toString()}personal_store: .daybook/people\n`,
    'data/people.csv': 'name,salary\nOla Nordmann,61234\nKari Nordmann,72345\n', 'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { salary: BIGINT }\n',
    ...of('staff', 'people', 'select name, salary from people', 'key: [name]\ncolumns: { name: { personal: true }, salary: { personal: true } }\n'), ...of('heads', 'people', 'select count(*) as heads from people'),
  });
  const policyOf = async (change: Files): Promise<string[]> => gatesOf((await reviewOf(t, root, change)).review.gates, 'policy');
  assert.deepEqual(await policyOf(of('spy', 'people', 'select name as n, salary as s from people')), ['warn fail 1 rule: reports/team/spy.yml: reads people, of which team/staff marks name, salary as personal']);
  assert.deepEqual(await policyOf({ ...of('spy', 'others', 'select name as n from others'), 'queries/sources/others.yml': 'files: data/pe*.csv\n' }), ['warn fail 1 rule: reports/team/spy.yml: reads others, of which team/staff marks name, salary as personal']);
  assert.deepEqual(await policyOf(of('heads', 'people', 'select max(salary) as heads from people')), ['warn fail 1 rule: reports/team/heads.yml: reads people, of which team/staff marks name, salary as personal']);
  // A report that stands, and whose query stays as it is, was looked at before.
  assert.deepEqual(await policyOf(of('heads', 'people', 'select count(*) as heads from people', 'sort: [heads]\n')), ['warn pass it does']);
});

test('the charts of a preview have no metric about people that the review withholds', async (t) => {
  const folder = await temporaryFolder(t);
  const staff = { id: 'team/staff', key: [], personal: ['name'], time: { column: 'day', period: 'day' }, sort: [], dimensions: {}, charts: [], metrics: ['count()', 'max(letters)'].map((value) => ({ name: value, label: value, format: ',d', value, expression: parseMetric(value) })) } as unknown as Report;
  const overlaid = async (openness: Openness): Promise<string> => {
    const side = (letters: number) => ({ report: null, asked: null, second: null, first: { kind: 'result', asOf: '2026-01-06', csv: Buffer.from(`day,name,letters\n2026-01-05,Ola,1\n2026-01-06,Ola,${letters}\n2026-01-06,Kari,1\n`.replace(letters === 1 ? '2026-01-06,Kari,1\n' : '', '')), result: { columns: [['day', 'DATE'], ['name', 'VARCHAR'], ['letters', 'BIGINT']].map(([name, type]) => ({ name, type })), rows: { sha256: 'hmac-sha256:00' }, metrics: ['count()', 'max(letters)'].map((name) => ({ name, type: 'BIGINT', value: '1', period: '2026-01-06' })) } } });
    const report = { report: 'team/staff', personal: true, causes: [], gates: [], metrics: [], comparison: null, inputs: { drift: null }, base: null, head: null } as unknown as ReportReview;
    const made = { review: { reports: [report], gates: [], problems: [] }, reviewed: new Map([['team/staff', { report, runs: { base: side(1), head: side(72345), drift: null }, openness, changes: null }]]) } as unknown as MadeReview;
    const definitions = { reports: new Map([['team/staff', staff]]) } as unknown as Definitions;
    await writeReviewFacts({ base: { definitions, folder }, head: { definitions, folder } }, made, folder, folder);
    return readFile(path.join(folder, 'review/reports/team/staff.json'), 'utf8');
  };
  assert.match(await overlaid({ closed: new Set(), isSameQuery: true }), /72345/);
  const some = await overlaid({ closed: new Set(['max(letters)']), isSameQuery: true });
  assert.match(some, /count\(\)/);
  assert.doesNotMatch(some, /72345/);
  assert.match(await overlaid({ closed: new Set(['max(letters)']), isSameQuery: false }), /"overlays":\[\]/);
});

test('a formula that gives the same headline is held against every period before it', async (t) => {
  // The last day has one row, so that its sum is its mean.
  const one = (value: string): Files => report('good', `${SQL} and not (day = '2026-01-07' and region = 'south')`, `key: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: ${value}, format: ",.1f" } }\n`);
  const root = await newInstance(t, one('sum(orders)'));
  const { review, all } = await reviewOf(t, root, one('mean(orders)'));
  const changed = only(review);
  assert.equal(review.verdict, 'review');
  const { series } = changed.metrics[0]!;
  assert.deepEqual([series?.differing, (series?.periods ?? 0) - (series?.differing ?? 0), series?.most.ratio], [series!.differing, 1, -0.5]);
  assert.match(gatesOf(changed.gates, 'metrics').join(), /^warn fail \d+ of \d+ periods differ, most at 2026-01-06: \d+ → [\d.]+$/);
  assert.match(all, /metrics: Orders: 2 of 3 periods differ, most at 2026-01-06: 208\.0 → 104\.0/);
  assert.doesNotMatch(all, /the result is the same/);
  // The same formula in other words moves nothing.
  assert.deepEqual((await reviewOf(t, root, one('sum( orders )'))).review.reports.map(({ metrics, verdict }) => [metrics[0]!.series, verdict]), []);
});

test('data that moves what is published is no pass of its report; sources that come with a change are named', async (t) => {
  const root = await newInstance(t);
  const csv = BASE['data/orders.csv']!.toString();
  const { review, all } = await reviewOf(t, root, { 'data/orders.csv': csv.replace('2026-01-07,south,92', '2026-01-07,south,920') });
  const moved = only(review);
  assert.deepEqual([review.verdict, moved.verdict], ['review', 'review']);
  assert.match(gatesOf(moved.gates, 'data').join(), /^warn fail the data by itself changes orders \d+ → \d+; rows \d+ → \d+: 0 added, 0 removed, 1 changed$/);
  assert.match(all, /data: the data by itself changes the result: .*Orders: \d+ → [\d,]+/);

  const region = { 'queries/sources/regions.yml': 'files: data/regions.csv\ncolumns: { region: VARCHAR, name: VARCHAR }\n', 'data/regions.csv': 'region,name\nnorth,Nord\nsouth,Süd\n' };
  const joined = Object.fromEntries(Object.entries(report('good', 'select day, name, orders from orders join regions using (region) where day <= $as_of', 'key: [day, name]\n')).map(([file, text]) => [file, String(text).replace('[orders]', '[orders, regions]')]));
  const causes = async (change: Files): Promise<string[]> => only((await reviewOf(t, root, change)).review).causes.filter(({ kind }) => kind === 'source' || kind === 'data').map(({ kind, file, detail }) => `${kind} ${file} ${detail}`.trim());
  assert.deepEqual(await causes({ ...region, ...joined }), ['source queries/sources/regions.yml new', 'data data/regions.csv']);
  const fresh = Object.fromEntries(Object.entries(joined).map(([file, text]) => [file.replace('good', 'fresh'), text]));
  assert.deepEqual(await causes({ ...region, ...fresh }), ['source queries/sources/regions.yml new', 'data data/regions.csv']);
});

test('both sides have the names that people gave them', async (t) => {
  const root = await newInstance(t);
  const start = await git(root, 'rev-parse', 'HEAD');
  await git(root, 'switch', '-qc', 'lower');
  await write(root, { 'queries/team/good.sql': `${SQL} and region = 'north'\n` });
  await commit(root, 'Change');
  await git(root, 'switch', '-q', 'main');
  const labels = async (): Promise<string[]> => {
    const { base, head } = JSON.parse((await daybook(root, ['review', 'main..lower', '--json'])).out) as Review;
    return [base.label, head.label];
  };
  assert.deepEqual(await labels(), ['main', 'lower']);
  await write(root, { 'notes.txt': 'later\n' });
  await commit(root, 'Main has moved on');
  assert.deepEqual(await labels(), [start.slice(0, 10), 'lower']);
});
