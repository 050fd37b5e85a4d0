import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { code } from '../../src/review/markdown.ts';
import { assignmentsOf, filesLeft, ranked, resemblance, type Assignment } from '../../src/review/onboard/data-fit.ts';
import { decisionLines, decisionsIn } from '../../src/review/onboard/decisions.ts';
import { freshnessOf, type Recent } from '../../src/review/onboard/freshness.ts';
import { commentOf } from '../../src/review/onboard/sql-comment.ts';
import { writeYaml } from '../../src/review/onboard/write.ts';
import { proposalBody } from '../../src/review/proposal-text.ts';

test('the comment above a query is its title and description where it reads like words', () => {
  const cases: [sql: string, title: string | null, description: string | null][] = [
    ['-- US flights by day\n-- Departures and delay of all\n-- airports up to $as_of.\nselect 1', 'US flights by day', 'Departures and delay of all airports up to the day of the report.'],
    ['-- Orders of the north.\nselect 1', 'Orders of the north', 'Orders of the north.'],
    ['/*\n * Weekly orders\n *\n * What was ordered, by week.\n */ select 1', 'Weekly orders', 'What was ordered, by week.'],
    ['-- What customers ordered\n-- in each week\nselect 1', null, 'What customers ordered in each week'],
    ['------\n-- Big title here\n------\n\n-- The rest is here, in words.\nselect 1', 'Big title here', 'The rest is here, in words.'],
    ['-- name: get_orders\n-- author: x\n-- Late orders of a month\nselect 1', 'Late orders of a month', null],
    ['-- orders by day\n-- {{ config(x) }}\nselect 1', 'Orders by day', null],
    ...['-- Copyright 2020 X\n-- Late orders of a month\nselect 1', '-- select * from x;\nselect 1', '-- from orders where day = 1\nselect 1', '-- https://example.org/a/b is the place\nselect 1', '--\nselect 1', 'select 1 -- orders by day', '/* orders by day', '-- orders\nselect 1', ''].map((sql): [string, null, null] => [sql, null, null]),
  ];
  for (const [sql, title, description] of cases) assert.deepEqual(commentOf(sql), { title, description }, sql);
});

test('whatever a comment holds, what is taken of it is short and in one line of visible signs', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom('Orders by day', '-- ', '\u202e of the', '\n', '/* ', '<b> words here')), { maxLength: 12 }), (parts) => {
    for (const text of Object.values(commentOf(`-- ${parts.join(' ')}\nselect 1`))) if (text !== null) assert.match(text, /^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]{3,500}$/u);
  }));
});

test('files are ranked by their names, then by size; each table gets a file of its own', () => {
  assert.ok(resemblance('strikes', 'data/birdstrikes.csv') > 0 && resemblance('orders', 'x/order-2026.csv') > resemblance('orders', 'x/reorders.csv'));
  assert.deepEqual([resemblance('orders', 'orders/b.csv'), resemblance('strikes', 'strikes-copy.csv')], [0, 0]);
  const files = [{ file: 'flights-2k.json', bytes: 2 }, { file: 'big.csv', bytes: 900 }, { file: 'flights-3m.parquet', bytes: 30 }];
  assert.deepEqual(ranked('flights', files).map(({ file }) => file), ['flights-3m.parquet', 'flights-2k.json', 'big.csv']);
  const two = new Map([['a', ['x', 'y']], ['b', ['x', 'y', 'z']]]);
  const pairs = (found: Assignment[] | null): string[] | undefined => found?.map((one) => [...one.values()].join(''));
  assert.deepEqual(pairs(assignmentsOf(two, [], 10)), ['xy', 'xz', 'yx', 'yz']);
  assert.deepEqual(pairs(assignmentsOf(two, ['z'], 10)), ['xz', 'yz']);
  assert.equal(assignmentsOf(two, [], 3), null);
});

test('several queries leave what all of them agree on; where they contradict each other, all of it is left', () => {
  const fits = (...files: string[]): Assignment[] => files.map((file) => new Map([['t', file]]));
  assert.deepEqual(filesLeft([fits('a', 'b'), fits('b', 'c'), []]).get('t'), ['b']);
  assert.deepEqual(filesLeft([fits('a'), fits('b')]).get('t'), ['a', 'b']);
});

const NOW = new Date('2026-01-08T07:00:00Z');
const DAY = 86_400;
const recent = (more: Partial<Recent>): Recent => ({ moments: 60, longestGap: DAY, medianGap: DAY, newest: '2026-01-07', ...more });

test('freshness is proposed where data comes in a rhythm, holds where the newest row is new, and is nothing for what ended', () => {
  const proposed = (more: Partial<Recent>, period: 'day' | 'hour' | 'week' | 'month' = 'day', atStart = false): string | null => {
    const found = freshnessOf('day', recent(more), { period, atStart }, NOW);
    return found && `${found.within}${found.holds ? '' : ', later'}`;
  };
  assert.equal(proposed({}), '36 hours');
  assert.equal(proposed({ longestGap: 4 * DAY }), '5 days', 'weekends and holidays');
  assert.equal(proposed({ newest: '2025-12-20' }), '36 hours, later');
  assert.equal(proposed({ longestGap: 3_600, medianGap: 3_600, newest: '2026-01-08T06:00:00Z' }, 'hour'), '3 hours');
  assert.equal(proposed({ longestGap: 7 * DAY, medianGap: 7 * DAY, newest: '2026-01-04' }, 'week'), '10 days');
  assert.equal(proposed({ longestGap: 31 * DAY, medianGap: 31 * DAY, newest: '2025-12-01' }, 'month', true), '11 weeks');
  for (const none of [{ newest: '2001-06-30' }, { newest: null }, { newest: '2027-01-01' }, { moments: 3 }, { longestGap: 40 * DAY }, { longestGap: null }]) assert.equal(proposed(none), null, JSON.stringify(none));
});

test('what is to decide is read back from the YAML, and told in the pull request as code', () => {
  const decisions = ['a.sql:1: `@everyone` <img src=x>. Look.', '# x'];
  const yaml = writeYaml({ title: 'x' }, new Map(), ['first', ...decisionLines(decisions), 'Note: y']);
  assert.deepEqual(decisionsIn(yaml), decisions);
  assert.deepEqual([decisionsIn('title: x\n'), decisionsIn(writeYaml({ a: 1 }, new Map(), decisionLines([])))], [[], []]);
  const report = { title: 'T', description: 'D', owner: 'o', schedule: { cron: '0 6 * * *', timezone: 'UTC', catch_up: 'last' as const } };
  const body = proposalBody([{ id: 'team/a', change: 'added', report, decide: decisionsIn(yaml) }], []);
  for (const one of decisions) assert.ok(body.includes(`\n- ${code(one)}`), body);
  assert.doesNotMatch(proposalBody([{ id: 'team/a', change: 'added', report }], []), /To decide/);
});
