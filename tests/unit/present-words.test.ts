import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeadlineChange, MetricFacts } from '../../src/analysis/facts/facts.ts';
import { changeLines, changeSentence, changeWords } from '../../src/present/change.ts';
import { axisLabels, formatAsOf, formatEarlier, formatInZone, formatPeriod } from '../../src/present/date.ts';
import { headlineOf, headlinePeriod, targetWords } from '../../src/present/headline.ts';

function metric(more: Partial<MetricFacts> = {}, previous: HeadlineChange = { kind: 'incomparable', reason: 'no-earlier' }): MetricFacts {
  return {
    name: 'm', label: 'Flights', format: ',d', unit: null, better: 'higher', target: null, description: null, series: [], step: 'day',
    headline: { period: '2001-06-30', value: 5, text: '5' }, changes: { previous, days7: previous, days30: previous }, ...more,
  };
}

function moved(kind: 'up' | 'down', before: number, difference: number, meaning: 'better' | 'worse' | null = 'better'): HeadlineChange {
  return { kind, from: { period: '2001-06-29', value: before }, difference, ratio: before === 0 ? null : difference / Math.abs(before), meaning };
}

test('moments are the same words in any zone and locale', () => {
  assert.equal(formatAsOf('2001-06-30'), '30 June 2001');
  assert.equal(formatAsOf('2001-06-30T14:00Z'), '14:00 UTC, 30 June 2001');
  assert.equal(formatInZone('2001-07-01T10:00:00Z', 'America/New_York'), '06:00 New York time, 1 July 2001');
  assert.equal(formatInZone('2001-03-31T23:30:00Z', 'Europe/Berlin'), '01:30 Berlin time, 1 April 2001');
  assert.equal(formatInZone('2001-07-01T10:00:00Z', 'UTC'), '10:00 UTC, 1 July 2001');
  const periods = [['hour', '2001-06-30T14:00:00Z', '14:00 UTC, 30 June 2001'], ['day', '2001-06-30', '30 June 2001'], ['week', '2001-06-25', 'week of 25 June 2001'],
    ['month', '2001-06-01', 'June 2001'], ['quarter', '2001-04-01', 'Q2 2001'], ['year', '2001-01-01', '2001']] as const;
  for (const [step, period, words] of periods) assert.equal(formatPeriod(period, step), words);
});

test('an earlier period leaves out what it shares with the later one', () => {
  assert.equal(formatEarlier('2001-06-29', 'day', '2001-06-30'), '29 June');
  assert.equal(formatEarlier('2000-12-31', 'day', '2001-01-01'), '31 December 2000');
  assert.equal(formatEarlier('2001-05-01', 'month', '2001-06-01'), 'May');
  assert.equal(formatEarlier('2001-06-30T13:00:00Z', 'hour', '2001-06-30T14:00:00Z'), '13:00');
  assert.equal(formatEarlier('2000-01-01', 'year', '2001-01-01'), '2000');
});

test('an axis of time names each unit once', () => {
  const labels = (...ticks: string[]): string[] => axisLabels(ticks.map((tick) => new Date(tick)));
  assert.deepEqual(labels('2000-12-01', '2001-01-01', '2001-02-01'), ['Dec\n2000', 'Jan\n2001', 'Feb']);
  assert.deepEqual(labels('2000-01-01', '2001-01-01'), ['2000', '2001']);
  assert.deepEqual(labels('2001-06-24', '2001-07-01'), ['24 Jun\n2001', '1 Jul']);
  assert.deepEqual(labels('2001-06-30T12:00Z', '2001-06-30T18:00Z', '2001-07-01T00:00Z'), ['12:00\n30 Jun', '18:00', '00:00\n1 Jul']);
});

test('a change says how much, since when and whether that is good', () => {
  assert.deepEqual(changeWords(metric({}, moved('up', 100, 3.1)), 'previous'), { arrow: 'up', amount: 'up 3.1%', since: 'since 29 June', tone: 'better' });
  assert.equal(changeSentence(metric({}, moved('down', 100, -3.1, 'worse')), 'previous'), 'down 3.1% since 29 June, which is worse');
  assert.equal(changeSentence(metric({}, moved('up', 100, 3.1, null)), 'previous'), 'up 3.1% since 29 June');
  assert.equal(changeSentence(metric({}, moved('up', 1, 1e-6)), 'previous'), 'up less than 0.1% since 29 June, which is better');
  assert.deepEqual(changeWords(metric({}, { kind: 'same', from: { period: '2001-06-29', value: 5 } }), 'previous'), { arrow: 'flat', amount: 'no change', since: 'since 29 June', tone: 'neutral' });
});

test('from zero and from below it, before and after are given', () => {
  assert.equal(changeWords(metric({}, moved('up', 0, 5)), 'previous').amount, 'up from 0 to 5');
  assert.equal(changeWords(metric({}, moved('up', -3, 8)), 'previous').amount, 'up from \u22123 to 5');
  const below = metric({ headline: { period: '2001-06-30', value: -2, text: '-2' } }, moved('down', 2, -4));
  assert.equal(changeWords(below, 'previous').amount, 'down from 2 to \u22122');
});

test('shares change in points, never in per cent of per cent', () => {
  const share = metric({ format: '.1%', headline: { period: '2001-06-30', value: 0.8, text: '0.8' } }, moved('up', 0.78, 0.02));
  assert.equal(changeWords(share, 'previous').amount, 'up 2.0 points');
  assert.equal(changeWords(metric({ format: '.1%' }, moved('down', 0.78, -0.01)), 'days7').amount, 'down 1.0 point');
  assert.equal(changeWords(metric({ format: '.1%' }, moved('up', 0.78, 1e-5)), 'previous').amount, 'up less than 0.1 points');
});

test('where there is no change the words say why, without a number or an arrow', () => {
  const why = (reason: Extract<HeadlineChange, { kind: 'incomparable' }>['reason'], span: 'previous' | 'days7', step: MetricFacts['step'] = 'day'): string => {
    const words = changeWords(metric({ step }, { kind: 'incomparable', reason }), span);
    assert.equal(words.arrow, null);
    assert.equal(words.tone, 'none');
    return words.amount;
  };
  assert.equal(why('no-earlier', 'days7'), 'no value 7 days earlier');
  assert.equal(why('missing', 'previous'), 'no value in the day before');
  assert.equal(why('missing', 'previous', 'snapshot'), 'no earlier value');
  assert.equal(why('too-coarse', 'days7', 'month'), 'no 7-day change: monthly');
  assert.equal(why('no-value', 'previous'), 'no value to compare');
});

test('what would say the same twice is said once', () => {
  const lines = (more: Partial<MetricFacts>): [string | null, string][] => changeLines(metric(more)).map(({ label, amount }) => [label, amount]);
  const up = moved('up', 100, 3.1);
  const why = (reason: 'no-value' | 'no-earlier' | 'missing' | 'too-coarse'): HeadlineChange => ({ kind: 'incomparable', reason });
  assert.deepEqual(lines({ changes: { previous: up, days7: up, days30: why('no-earlier') } }), [[null, 'up 3.1%'], ['7 days', 'up 3.1%'], [null, 'no value 30 days earlier']]);
  assert.deepEqual(lines({ changes: { previous: why('no-earlier'), days7: why('no-earlier'), days30: why('no-earlier') } }), [[null, 'no earlier value']]);
  assert.deepEqual(lines({ changes: { previous: why('missing'), days7: up, days30: up } }).map(([, amount]) => amount), ['no value in the day before', 'up 3.1%', 'up 3.1%']);
  assert.deepEqual(lines({ step: 'year', changes: { previous: up, days7: why('too-coarse'), days30: why('too-coarse') } }), [[null, 'up 3.1%'], [null, 'no 7-day or 30-day change: yearly']]);
});

test('a span is named as long as it is: whole weeks, a month, the days between two snapshots', () => {
  const up = moved('up', 100, 3.1);
  const from = (period: string): HeadlineChange => ({ kind: 'up', from: { period, value: 1 }, difference: 1, ratio: 1, meaning: null });
  const labels = (step: MetricFacts['step'], days7: HeadlineChange, days30: HeadlineChange): (string | null)[] => changeLines(metric({ step, changes: { previous: up, days7, days30 } })).slice(1).map(({ label, amount }) => label ?? amount);
  const none: HeadlineChange = { kind: 'incomparable', reason: 'missing' };
  assert.deepEqual(labels('day', up, up), ['7 days', '30 days']);
  assert.deepEqual(labels('hour', up, up), ['7 days', '30 days']);
  assert.deepEqual(labels('week', up, up), ['1 week', '4 weeks']);
  assert.deepEqual(labels('week', none, none), ['no value 1 week earlier', 'no value 4 weeks earlier']);
  assert.deepEqual(labels('month', { kind: 'incomparable', reason: 'too-coarse' }, up), ['no 7-day change: monthly', '1 month']);
  assert.deepEqual(labels('snapshot', from('2001-06-22'), from('2001-05-29')), ['8 days', '32 days']);
});

test('a headline keeps its digits, and a missing one is words', () => {
  const exact = { period: '2001-06-30', value: 9007199254740992, text: '9007199254740993' };
  assert.deepEqual(headlineOf(metric({ headline: exact, unit: 'USD' })), { value: '9,007,199,254,740,993', unit: 'USD', missing: false, length: 'long' });
  assert.deepEqual(headlineOf(metric({ headline: null, unit: 'USD' })), { value: 'no value', unit: null, missing: true, length: 'short' });
  assert.equal(headlinePeriod(metric()), 'on 30 June 2001');
  assert.equal(headlinePeriod(metric({ step: 'month', headline: { period: '2001-06-01', value: 1, text: '1' } })), 'in June 2001');
  assert.equal(headlinePeriod(metric({ step: 'week', headline: { period: '2001-06-25', value: 1, text: '1' } })), 'in the week of 25 June 2001');
});

test('a target is met in the direction that is good, and not judged without one', () => {
  assert.deepEqual(targetWords(metric({ target: 5 })), { aim: 'target 5', words: 'target 5, met', met: true });
  assert.deepEqual(targetWords(metric({ target: 4, better: 'lower' })), { aim: 'target 4', words: 'target 4, missed', met: false });
  assert.deepEqual(targetWords(metric({ target: 4, better: null })), { aim: 'target 4', words: 'target 4', met: null });
  assert.equal(targetWords(metric()), null);
});
