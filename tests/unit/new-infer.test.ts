import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, parseMetric } from '../../src/report/metric.ts';
import { groupsDraft, rowsDraft } from '../../src/review/onboard/draft.ts';
import { findKey, keyColumns, keySets } from '../../src/review/onboard/key.ts';
import { columnText, pairsOf, proposeMetrics, useOf } from '../../src/review/onboard/metrics.ts';
import { momentOf, undatedWords } from '../../src/review/onboard/moment.ts';
import { profileOf, type Ask, type ColumnProfile, type Profile } from '../../src/review/onboard/profile.ts';
import { propose, type InferredResult } from '../../src/review/onboard/propose.ts';
import { rhythmOf, type Spacing } from '../../src/review/onboard/rhythm.ts';
import { fromTemplate } from '../../src/review/onboard/templates.ts';
import { labelOf, oneLineOf, safeNames, slugOf } from '../../src/review/onboard/words.ts';
import { kindOf } from '../../src/snapshot/types.ts';

function column(name: string, type = 'BIGINT', more: Partial<ColumnProfile> = {}): ColumnProfile {
  return { name, type, kind: kindOf(type), filled: 100, distinct: 50, min: '0', max: '90', negatives: 0, whole: type === 'BIGINT', finite: true, dateFormat: null, ...more };
}

const profile = (...columns: ColumnProfile[]): Profile => ({ rows: 100, columns });

test('numbers are added up, averaged, or no measurement, by their names and values', () => {
  const cases: [ColumnProfile, string | null][] = [
    [column('orders'), 'sum'], [column('Net Generation'), 'sum'], [column('netGeneration', 'DOUBLE'), 'sum'], [column('things'), 'sum'],
    [column('rate', 'DOUBLE'), 'mean'], [column('avg_orders'), 'mean'], [column('price', 'DECIMAL(9,2)'), 'mean'], [column('change', 'DOUBLE', { negatives: 4 }), 'mean'],
    [column('temp_max', 'DOUBLE'), 'max'], [column('temp_min', 'DOUBLE'), 'min'], [column('Running Time min'), 'mean'],
    [column('customer_id'), null], [column('year'), null], [column('zip'), null], [column('code'), null], [column('latitude', 'DOUBLE'), null],
    [column('name', 'VARCHAR'), null], [column('orders', 'DOUBLE', { finite: false }), null], [column('orders', 'BIGINT', { filled: 0 }), null],
    [column('Number of visits'), 'sum'], [column('No. of seats'), 'sum'], [column('Number of crashes per mile', 'DOUBLE'), 'mean'], [column('number'), null], [column('Invoice no'), null],
    [column('ts', 'BIGINT', { min: '1704067200', max: '1704326400' }), null], [column('updated_at', 'BIGINT', { min: '1704067200000', max: '1704326400000' }), null], [column('bytes', 'BIGINT', { min: '1704067200', max: '1704326400' }), 'sum'],
    [column('p95'), 'mean'], [column('P75th'), 'mean'], [column('winpercent', 'DOUBLE'), 'mean'], [column('parts'), 'sum'],
    [column('cycle', 'BIGINT', { min: '1990', max: '2016' }), null], [column('visits', 'BIGINT', { min: '1990', max: '2016' }), 'sum'], [column('things', 'BIGINT', { min: '1990', max: '3016' }), 'sum'],
    [column('cluster', 'BIGINT', { distinct: 5 }), null], [column('orders', 'BIGINT', { distinct: 5 }), 'sum'], [column('Churned customers', 'BIGINT', { distinct: 5 }), 'sum'],
  ];
  for (const [one, use] of cases) assert.equal(useOf(one)?.use ?? null, use, one.name);
});

test('years that end on a day nobody knows, and months of no year, are told as such, and no date is made of them', () => {
  const said = (min: string, max: string): string | null => undatedWords(profile(column('region', 'VARCHAR', { min: 'east', max: 'west' }), column('when', 'VARCHAR', { min, max })));
  for (const [min, max] of [['FY2019', 'FY2023'], ['FY19', 'FY23'], ["FY'19", "FY'23"], ['2019/20', '2022/23'], ['2019-20', '2022-23'], ['1999/2000', '2000/2001'], ['FY2019/20', 'FY2020/21'], ['2019–20', '2020–21'], ['1999-00', '2000-01']]) {
    assert.match(said(min!, max!) ?? '', new RegExp(`^when has years such as ${min!.replace('/', '.')}, and nothing says on which day they end: they stay texts`), min);
    assert.equal(momentOf(profile(column('when', 'VARCHAR', { min: min!, max: max! })), 's'), null);
  }
  for (const [min, max] of [['Apr', 'Sep'], ['April', 'September'], ['Dec.', 'Sept.']]) assert.match(said(min!, max!) ?? '', /^when has months such as .*, and nothing says of which year/, min);
  for (const [min, max] of [['2019/21', '2022/23'], ['2019-01', '2019-12'], ['Apr', 'west'], ['FY', 'FYI'], ['FY2019', 'total'], ['marching', 'may'], ['2019', '2023']]) assert.equal(said(min!, max!), null, min);
});

test('formats follow the name and the size', () => {
  const formatOf = (one: ColumnProfile): unknown => {
    const [metric] = proposeMetrics(profile(one), [], [], new Map());
    return [metric!.format, metric!.unit];
  };
  assert.deepEqual(formatOf(column('orders')), [',d', undefined]);
  assert.deepEqual(formatOf(column('rate', 'DOUBLE', { max: '0.8', whole: false })), ['.1%', undefined]);
  assert.deepEqual(formatOf(column('winpercent', 'DOUBLE', { max: '80.5', whole: false })), [',.1f', '%']);
  assert.deepEqual(formatOf(column('percent', 'DOUBLE', { max: '80.5', whole: false })), [',.1f', '%']);
  assert.deepEqual(formatOf(column('revenue', 'DOUBLE', { max: '80000.5', whole: false })), [',.2f', undefined]);
  assert.deepEqual(formatOf(column('name', 'VARCHAR')), [',d', undefined]);
});

test('a part and its whole become a share, and means of groups stay means', () => {
  const orders = profile(column('orders'), column('returns'));
  assert.deepEqual(pairsOf(orders).map(({ part, whole }) => [part.name, whole.name]), [['returns', 'orders']]);
  assert.deepEqual(pairsOf(profile(column('orders'), column('returns', 'BIGINT', { negatives: 1 }))), []);
  assert.deepEqual(proposeMetrics(orders, [], pairsOf(orders), new Map()).map(({ name, value }) => [name, value]), [['returns_share', 'sum(returns) / sum(orders)'], ['orders', 'sum(orders)'], ['returns', 'sum(returns)']]);
  const flights = profile(column('flights'), column('on_time'));
  assert.deepEqual(proposeMetrics(flights, [], pairsOf(flights), new Map()).map(({ value, reason }) => `${value}: ${reason}`), ['sum(on_time) / sum(flights): never more than flights in 100 rows', 'sum(flights): "flights" adds up', 'sum(on_time): a part of flights, so it adds up']);
  assert.deepEqual(proposeMetrics(profile(column('delay_sum'), column('delay_values')), [], [], new Map()).map(({ name, value }) => [name, value]), [['delay', 'sum(delay_sum) / sum(delay_values)']]);
});

test('reasons are true: of a date that is none of the rows’ own, of a digest of daily data; nothing is checked twice', () => {
  const asked = { title: 'T', team: 'ops', owner: 'a@example.org', description: 'D', sources: ['plan'], weekly: false };
  const found: InferredResult = { profile: profile(column('milestone', 'VARCHAR', { distinct: 100 }), column('due', 'DATE')), key: ['milestone'], draft: { labels: new Map(), time: null }, pairs: [] };
  const years = propose(asked, { ...found, key: ['fy'], draft: { ...found.draft, time: null }, profile: { rows: 6, columns: [column('fy', 'VARCHAR', { min: 'FY2019', max: 'FY2024', filled: 6, distinct: 6 }), column('orders', 'BIGINT', { filled: 6, distinct: 6 })] } });
  assert.deepEqual([years.document['sort'], years.comments.get('as_of')!.startsWith('fy has years such as FY2019')], [['-fy'], true]);
  const plan = propose(asked, { ...found, profile: { rows: 6, columns: found.profile.columns.map((one) => ({ ...one, filled: 6, distinct: 6 })) } });
  assert.deepEqual(Object.keys(plan.document['dimensions'] as object), ['milestone']);
  assert.deepEqual(plan.document['checks'], [{ rows: { min: 1 } }, { column: 'milestone', not_null: true, unique: true }]);
  assert.doesNotMatch(plan.comments.get('as_of')!, /no column is a date/);
  const graded = propose(asked, { ...found, profile: profile(...found.profile.columns, column('grade', 'BIGINT', { distinct: 5 }), column('zip', 'BIGINT', { distinct: 5 })) });
  assert.deepEqual([graded.comments.get('columns.grade'), graded.comments.get('columns.zip')], ['taken for a code, as 5 whole numbers repeat: if it counts something, add it below metrics, with value: sum(grade)', undefined]);
  const daily = { ...found, draft: { labels: new Map(), time: { column: 'due', period: 'day' as const, reason: 'a day apart' } } };
  assert.deepEqual([false, true].map((weekly) => propose({ ...asked, weekly }, daily).comments.get('schedule')), ['each morning, as the data is daily', 'each Monday, for the week before']);
});

test('a column’s name in a metric is read back as it is', () => {
  for (const name of ['orders', 'on time', 'a"b', 'a\\b', '\\', 'a\nb', 'naïve', '$', "it's", 'true', 'this', '名前']) assert.deepEqual(columnsOf(parseMetric(`sum(${columnText(name)})`)), [name]);
});

test('keys are dates, texts and ids; no measurement', () => {
  const columns = [column('amount', 'BIGINT', { distinct: 100 }), column('region', 'VARCHAR', { distinct: 5 }), column('day', 'DATE', { distinct: 20 }), column('note', 'VARCHAR', { filled: 99 }), column(' pad ', 'VARCHAR'), column('order_id', 'BIGINT', { distinct: 100 })];
  assert.deepEqual(keyColumns(profile(...columns), 'day').map(({ name }) => name), ['day', 'order_id', 'region']);
  const sets = keySets([column('a', 'DATE', { distinct: 20 }), column('b', 'VARCHAR', { distinct: 5 }), column('c', 'VARCHAR', { distinct: 2 })], 100, 2);
  assert.deepEqual(sets.map((set) => set.map(({ name }) => name)), [['a', 'b']]);
  // An amount stays a measurement where it had to be read as text.
  const amounts: [string, string][] = [['$1,024.50', '$998.00'], ['0,44 %', '9,93 %'], ['1.024,50 €', '998,00 €'], ['(12.5%)', '-3.5%'], ['1 024,5', '998,1'], ['EUR 1', 'EUR 98']];
  for (const [min, max] of amounts) assert.deepEqual(keyColumns(profile(column('sales', 'VARCHAR', { distinct: 100, min, max }), column('shop', 'VARCHAR', { distinct: 5, min: '01067', max: '50667' })), null).map(({ name }) => name), ['shop'], min);
  for (const [min, max] of [['2024-01', '2026-12'], ['A1', 'Z9'], ['1.2.3', '9.0.1'], ['0001', '0950'], ['10.5', 'Total'], ['1-800', '9-900'], ['SKU123', 'SKU987']] as const) assert.deepEqual(keyColumns(profile(column('part', 'VARCHAR', { distinct: 100, min, max })), null).map(({ name }) => name), ['part'], min);
});

test('of several keys, that of which each combination is there once is taken', async () => {
  const columns = [column('day', 'DATE', { distinct: 20 }), column('note', 'VARCHAR', { distinct: 90, min: 'a', max: 'z' }), column('region', 'VARCHAR', { distinct: 5, min: 'a', max: 'z' })];
  const uniqueIn = (...keys: string[]) => async (sql: string): ReturnType<Ask> => {
    const cells = [...sql.matchAll(/count\(DISTINCT \((.*?)\)\) AS (s\d+)/g)].map(([, set, name]) => ({ name: name!, rows: keys.includes(set!.replaceAll(/base_rows\.|"/g, '')) ? '100' : '7' }));
    return { columns: cells.map(({ name }) => ({ name, type: 'BIGINT' })), rows: [cells.map(({ rows }) => rows)] };
  };
  assert.deepEqual(await findKey(uniqueIn('day, note', 'day, region'), '', profile(...columns), 'day'), ['day', 'region']);
  assert.deepEqual(await findKey(uniqueIn('day, note', 'note, region'), '', profile(...columns), 'day'), ['day', 'note']);
});

test('the period follows from the distances of the dates', () => {
  const spacing = (more: Partial<Spacing>): Spacing => ({ instants: 100, days: 100, gapSeconds: 86_400, gapDays: 1, atMidnight: true, onTheHour: true, firstOf: { month: false, quarter: false, year: false }, sameWeekday: false, first: '2026-01-01', last: '2026-06-30', ...more });
  const cases: [Partial<Spacing>, string][] = [
    [{}, 'day'], [{ gapDays: 3 }, 'day'], [{ gapDays: 7 }, 'week'], [{ gapDays: 31 }, 'month'], [{ gapDays: 91 }, 'quarter'], [{ gapDays: 365 }, 'year'], [{ gapDays: 3652 }, 'year'],
    [{ atMidnight: false, gapSeconds: 3600 }, 'hour'], [{ atMidnight: false, onTheHour: false, gapSeconds: 60 }, 'day'], [{ atMidnight: false, onTheHour: false, gapSeconds: 60, days: 2 }, 'hour'],
    [{ days: 1, instants: 1, gapDays: null, gapSeconds: null }, 'day'],
  ];
  for (const [more, period] of cases) assert.equal(rhythmOf(spacing(more)).period, period, JSON.stringify(more));
  assert.equal(rhythmOf(spacing({ gapDays: 31, firstOf: { month: true, quarter: false, year: false } })).atStart, true);
});

test('the moment of a row is a date, a text that is one, or a year', () => {
  assert.equal(momentOf(profile(column('due', 'DATE'), column('created', 'TIMESTAMP')), 's')!.sql, 'created');
  assert.equal(momentOf(profile(column('date', 'VARCHAR', { dateFormat: '%b %d %Y' })), 's')!.sql, "CAST(strptime(CAST(date AS VARCHAR), '%b %d %Y') AS DATE)");
  assert.deepEqual([momentOf(profile(column('year', 'BIGINT', { min: '1900', max: '2020' })), 's')].map((one) => [one!.sql, one!.name]), [['make_date(CAST(year AS INTEGER), 12, 31)', 'year_to']]);
  assert.equal(momentOf(profile(column('year', 'BIGINT', { min: '1', max: '9' })), 's'), null);
  const parts = [column('year', 'BIGINT', { min: '1994', max: '2003' }), column('month', 'BIGINT', { min: '1', max: '12' })];
  for (const [name, sql] of [['day', 'make_date(CAST(year AS INTEGER), CAST(month AS INTEGER), CAST(day AS INTEGER))'], ['day_of_week', 'last_day(make_date(CAST(year AS INTEGER), CAST(month AS INTEGER), 1))']] as const) {
    assert.equal(momentOf(profile(...parts, column(name, 'BIGINT', { min: '1', max: '7' })), 's')!.sql, sql);
  }
});

test('names of any kind become names that SQL and charts take, none twice', () => {
  assert.deepEqual(safeNames(['a b', 'A B', 'Größe', '1st', '', '名前', '__proto__', "'; drop", 'netGeneration']), ['a_b', 'a_b_2', 'groesse', 'c_1st', 'column_5', 'column_6', 'proto', 'drop', 'net_generation']);
  assert.equal(labelOf('on_time'), 'On time');
  assert.equal(oneLineOf('a\n# b\u0000\u202e\ud800'), 'a # b␀��');
  const moment = momentOf(profile(column('select', 'DATE')), 'order')!;
  const rhythm = { period: 'day', atStart: false, reason: '' } as const;
  const draft = rowsDraft(profile(column('select', 'DATE'), column('user', 'VARCHAR'), column('a"b')), 'order', moment, rhythm);
  assert.match(draft.sql, /^ {2}"select",\n {2}"order"\."user" AS user,?|"a""b" AS a_b\nFROM "order"\nWHERE "select" <= \$as_of\n/m);
});

test('single events are summed up by period and by texts of few values', () => {
  const events = profile(column('at', 'TIMESTAMP'), column('kind', 'VARCHAR', { distinct: 4, filled: 90 }), column('delay', 'DOUBLE'), column('orders'));
  const { sql } = groupsDraft(events, 'events', momentOf(events, 'events'), { period: 'week', atStart: false, reason: '' }, 10)!;
  assert.match(sql, /coalesce\(kind, '\(none\)'\) AS kind,\n {2}count\(\*\) AS row_count,\n {2}sum\(delay\) AS delay_sum,\n {2}count\(delay\) AS delay_values,\n {2}sum\(orders\) AS orders\nFROM events\nWHERE .* <= \$as_of\nGROUP BY ALL\n$/);
  assert.equal(groupsDraft(profile(column('orders')), 'events', null, null, 1), null);
});

test('a template says which column is missing', () => {
  const columns = [column('Task', 'VARCHAR'), column('Due Date', 'DATE'), column('state', 'VARCHAR')];
  assert.deepEqual(fromTemplate('milestones', profile(...columns), 'plan').key, ['milestone']);
  assert.throws(() => fromTemplate('milestones', profile(columns[0]!, columns[2]!), 'plan'), { code: 'wrong-use', message: /needs a column "due", and the file has "Task", "state"/ });
  assert.throws(() => fromTemplate('okr', profile(columns[0]!), 'plan'), { message: /"objective" and a column "key_result" and a column "actual" and a column "target"/ });
});

test('a slug spells out what marks mean, composed or not', () => {
  const cases: [text: string, slug: string][] = [['Büro Köln', 'buero-koeln'], ['Übersicht', 'uebersicht'], ['STRAẞE 7', 'strasse-7'], ['GRÖSSE', 'groesse'], ['crème brûlée', 'creme-brulee'], ['Q1 Numbers.csv', 'q1-numbers-csv'], ['netÄnderung', 'net-aenderung'], ['名前', '']];
  for (const [text, slug] of cases) for (const form of ['NFC', 'NFD']) assert.equal(slugOf(text.normalize(form)), slug, `${text} ${form}`);
});

test('many columns are profiled some at a time', async () => {
  const columns = Array.from({ length: 130 }, (_, index) => ({ name: `c${index}`, type: 'BIGINT' }));
  const sizes: number[] = [];
  const found = await profileOf(async (sql) => {
    if (sql.endsWith('LIMIT 0')) return { columns, rows: [] };
    const names = ['n', ...[...sql.matchAll(/ AS (c\d+_\d)/g)].map(([, name]) => name!)];
    sizes.push((names.length - 1) / 7);
    return { columns: names.map((name) => ({ name, type: 'BIGINT' })), rows: [names.map(() => '7')] };
  }, 'SELECT 1');
  assert.deepEqual(sizes, [60, 60, 10]);
  assert.deepEqual([found.rows, found.columns.map(({ name }) => name)], [7, columns.map(({ name }) => name)]);
});
