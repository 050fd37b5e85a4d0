import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { picturesHtml } from '../../scripts/preview/pictures.ts';
import type { BacktestPoint } from '../../src/analysis/review/backtest.ts';
import type { GateResult } from '../../src/analysis/gate/gates.ts';
import type { Pattern } from '../../src/analysis/pattern/pattern.ts';
import type { Review, ReviewSide } from '../../src/analysis/review/review.ts';
import { verdictOf } from '../../src/analysis/review/verdict.ts';
import { patternLines } from '../../src/present/comparison/pattern-words.ts';
import { onlySideWords, sectionLines } from '../../src/present/review/page.ts';
import { reportSections } from '../../src/present/review/sections.ts';
import { reviewText } from '../../src/present/review/text.ts';
import { reportReason, verdictLine } from '../../src/present/review/words.ts';
import { plain } from '../../src/present/words.ts';
import { reviewMarkdown } from '../../src/review/review-markdown.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { openEngine } from './compare-fixture.ts';
import { comparisonOf, failedSide, metric, reportOf, reviewOf, sideOf } from './review-fixture.ts';
import { goldenReview } from './review-golden.ts';

const engine = await openEngine();
after(() => engine.close());
const review = await goldenReview(engine);
const LINKS = { review: 'https://example.org/preview/7/review/', run: 'https://github.com/example/numbers/actions/runs/7' };

test('a review reads as it should, in Markdown and on a terminal', () => {
  for (const [file, text] of [['review.golden.md', reviewMarkdown(review, { links: LINKS })], ['review.golden.txt', `${reviewText(review)}\n`]] as const) {
    const golden = path.join(import.meta.dirname, file);
    // Written anew by DAYBOOK_GOLDEN=1; read what has changed.
    if (process.env['DAYBOOK_GOLDEN']) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  }
});

test('the first line is the same in all media, and says what to do, of how many, and why', () => {
  const line = verdictLine(review);
  assert.equal(line, 'Block: 5 affected reports (2 block, 2 review, 1 pass), 1 gate waived by Grace Hopper. Worst: sales/orders, columns: channel: gone (VARCHAR)');
  assert.equal(reviewText(review).split('\n')[0], line);
  assert.equal(reviewMarkdown(review).split('\n')[0]!.replaceAll(/[`*]/g, ''), line);
  assert.equal(verdictLine(reviewOf()), 'Pass: no report is affected');
  assert.equal(verdictLine(reviewOf([reportOf()])), 'Pass: 1 affected report. sales/orders: every gate passes');
  assert.equal(verdictLine(reviewOf([reportOf({ change: 'described', causes: [{ kind: 'words', file: 'reports/sales/orders.yml', detail: 'title, sort' }] })])), 'Pass: 1 affected report. sales/orders: only words and looks have changed: title, sort');
  assert.equal(verdictLine(reviewOf([reportOf({ comparison: comparisonOf(6, 7, { schema: { added: [{ name: 'spread', type: 'DOUBLE' }], removed: [], retyped: [], renamed: [], nullability: [], reordered: false } }) })])), 'Pass: 1 affected report. sales/orders: every gate passes; rows +1 −0 ~0; columns +spread');
  assert.equal(verdictLine(reviewOf([reportOf(), reportOf()])), 'Pass: 2 affected reports (2 pass)');
  assert.equal(verdictLine(reviewOf([], { verdict: 'block', problems: [{ report: null, code: 'yaml-syntax', message: 'bad indentation', remedy: '', file: 'daybook.yml', line: 3, column: 1 }] })), 'Block: no report is affected. Worst: daybook.yml:3: bad indentation (yaml-syntax)');
  const unknown: GateResult = { gate: 'status', level: 'block', status: 'not-run', expected: '', actual: 'it was prepared by another engine', subject: null, waiver: { gate: 'status', report: null, head: 'a'.repeat(40), by: 'Ann', reason: 'tried', until: null } };
  assert.equal(verdictLine(reviewOf([reportOf()], { verdict: 'review', gates: [unknown] })), 'Review: 1 affected report, 1 gate waived by Ann. Worst: the change as a whole, status was not run: it was prepared by another engine');
  assert.equal(verdictLine(reviewOf([reportOf()], { verdict: 'review', unlisted: 7, gates: [{ gate: 'code', level: 'warn', status: 'fail', expected: '', actual: '1 file: package.json', subject: null, waiver: null }] })), 'Review: 8 affected reports (1 pass, 7 not listed). Worst: the change as a whole, code: 1 file: package.json');
});

test('of an incomplete review, the reason is a gate that nobody has waived, and that is not off', () => {
  const gate = (subject: string, more: Partial<GateResult>): GateResult => ({ gate: 'data', level: 'block', status: 'not-run', expected: '', actual: subject, subject: null, waiver: null, ...more });
  const waiver = { gate: 'data' as const, report: 'sales/orders', head: 'b'.repeat(40), by: 'Ann', reason: 'seen', until: null };
  const gates = [gate('waived', { waiver }), gate('of no interest', { level: 'off' }), gate('what it reads is not here', { gate: 'status' })];
  assert.equal(verdictOf(gates, 'modified'), 'incomplete');
  assert.equal(verdictLine(reviewOf([reportOf({ verdict: 'incomplete', gates })], { verdict: 'incomplete' })), 'Incomplete: 1 affected report, 1 gate waived by Ann. sales/orders, status was not run: what it reads is not here');
});

test('the first line says that gates are waived and by whom, and “worst” only where something else is affected', () => {
  const gate = (by: string | null, more: Partial<GateResult> = {}): GateResult => ({ gate: 'columns', level: 'block', status: 'fail', expected: '', actual: 'gone', subject: 'region', waiver: by === null ? null : { gate: 'columns', report: 'sales/orders', head: 'b'.repeat(40), by, reason: 'seen', until: null }, ...more });
  const lineOf = (gates: GateResult[], more: Partial<Review> = {}): string => verdictLine(reviewOf([reportOf({ verdict: 'review', gates })], { verdict: 'review', ...more }));
  assert.equal(lineOf([gate('Ada')]), 'Review: 1 affected report, 1 gate waived by Ada. sales/orders, waived by Ada: columns: region: gone');
  assert.equal(lineOf([gate('Ada'), gate('Ada', { status: 'not-run' })]), 'Review: 1 affected report, 2 gates waived by Ada. sales/orders, waived by Ada: columns: region: gone');
  assert.equal(lineOf([gate('Ada'), gate(null, { level: 'warn' })], { gates: [gate('Ben', { gate: 'code' })] }), 'Review: 1 affected report, 2 gates waived by Ben, Ada. Worst: sales/orders, columns: region: gone');
  assert.equal(lineOf([gate(null, { level: 'warn' })], { unlisted: 2 }), 'Review: 3 affected reports (1 review, 2 not listed). Worst: sales/orders, columns: region: gone');
  assert.equal(reviewMarkdown(reviewOf([reportOf({ verdict: 'review', gates: [gate('@ada')] })], { verdict: 'review' })).split('\n')[0], '**Review**: 1 affected report, 1 gate waived by `@ada`. `sales/orders`, waived by `@ada`: columns: `region`: `gone`');
});

test('pictures of a new report’s page: on the page of its review, else among the files of the run, and of no other report', () => {
  const added = reviewOf([reportOf({ change: 'added', base: null, comparison: null })]);
  assert.match(reviewMarkdown(added, { links: LINKS }), /\n\[All of it, with charts and pictures of its page\]\(https:\/\/example\.org\/preview\/7\/review\/sales\/orders\/\)\n/);
  assert.match(reviewMarkdown(added, { links: { run: LINKS.run } }), /\n\[Pictures of its page are in the preview, among the files of the run\]\(https:\/\/github\.com\/example\/numbers\/actions\/runs\/7\)\n/);
  for (const report of [reportOf(), reportOf({ change: 'added', base: null, comparison: null, head: failedSide('query-failed') })]) assert.doesNotMatch(reviewMarkdown(reviewOf([report]), { links: { run: LINKS.run } }), /ictures of its page/);
  assert.doesNotMatch(reviewMarkdown(added), /ictures of its page/);
  const html = picturesHtml('A "<b>title', [{ name: 'desk', file: 'page.desk.png', width: 1280, height: 900 }]);
  assert.match(html, /<a href="page\.desk\.png"><img src="page\.desk\.png" width="1280" height="900" decoding="async" alt="The page of A &quot;&lt;b&gt;title as it looks at a desk"><\/a>/);
});

test('of a report that cannot be read, no owner is told', () => {
  assert.match(reviewMarkdown(reviewOf([reportOf({ owner: 'a@example.org' })])), /; owner `a@example\.org`/);
  assert.doesNotMatch(reviewMarkdown(reviewOf([reportOf({ owner: '' })])), /; owner/);
});

test('on a terminal the table of reports has each metric with its number after the change', () => {
  const metrics = [{ name: 'orders', label: 'Orders of the year before, all regions', format: ',d', unit: null, better: null, target: null }];
  const comparison = comparisonOf(6, 6, { metrics: [{ name: 'orders', before: metric('orders', '2118'), after: metric('orders', '1703'), change: { kind: 'changed', difference: '-415', ratio: -0.196 } }] });
  const gates = [{ gate: 'metrics', level: 'warn', status: 'fail', expected: '', actual: '', subject: 'orders', waiver: null }] as GateResult[];
  assert.match(reviewText(reviewOf([reportOf({ verdict: 'review', metrics, comparison, gates })])), /^Review +sales\/orders .* Orders of the year before, all regions: 2,118 → 1,703$/m);
});

test('where the data alone changes, the definition’s part is nothing, and the numbers that move are told', () => {
  const drift = comparisonOf(6, 6, {
    rows: { base: 6, head: 6, added: 0, removed: 0, modified: 1, unchanged: 5 },
    metrics: [{ name: 'orders', before: metric('orders', '210'), after: metric('orders', '273'), change: { kind: 'changed', difference: '63', ratio: 0.3 } }],
  });
  const same = comparisonOf(6, 6, { kind: 'equal' });
  const metrics = [{ name: 'orders', label: 'Orders', format: ',d', unit: null, better: null, target: null }];
  const alone = reportOf({ causes: [{ kind: 'data', file: 'data/orders.csv', detail: '' }], metrics, comparison: same, inputs: { identical: true, files: [], drift: { files: ['data/orders.csv'], comparison: drift, error: null } } });
  const text = reviewMarkdown(reviewOf([alone]));
  assert.match(text, /\| none; by the data \+0 −0 ~1, 1 metric \|/);
  assert.match(text, /<code>the data by itself changes the result: Orders: 210 → 273<\/code>/);
  assert.match(text, /- by the definition: nothing, it is the same\n/);
  assert.match(text, /\| Metric \| Data before \| Data after \| Change \|\n.*\n\| `Orders` \| `210` \| `273` \| `up 63 \(30\.0%\)` \|/);
  assert.match(reviewText(reviewOf([alone])), /Orders {2}210 {10}273 {9}up 63/);
  // Beside a change of the query, it is told apart from what that does.
  const both = reviewMarkdown(reviewOf([reportOf({ ...alone, causes: [...alone.causes, { kind: 'query', file: 'queries/q.sql', detail: '' }], comparison: comparisonOf(6, 7) })]));
  assert.match(both, /\| \+1 −0 ~0; by the data \+0 −0 ~1, 1 metric \|/);
  assert.doesNotMatch(both, /by the definition: nothing/);
  const unknown = reviewMarkdown(reviewOf([reportOf({ ...alone, inputs: { identical: true, files: [], drift: { files: ['data/orders.csv'], comparison: null, error: 'it failed' } } })]));
  assert.match(unknown, /- by the data: not known, `it failed`/);
});

test('one of a million is told as such, never as all or nothing', () => {
  const comparison = comparisonOf(1_000_000, 1_000_000, {
    rows: { base: 1_000_000, head: 1_000_000, added: 0, removed: 0, modified: 999_999, unchanged: 1 },
    columns: [{ name: 'n', comparing: 'exact', changed: 999_999, withinTolerance: 0, base: null, head: null }, { name: 'm', comparing: 'exact', changed: 1, withinTolerance: 0, base: null, head: null }],
    metrics: [{ name: 'n', before: metric('n', '1000000'), after: metric('n', '1000001'), change: { kind: 'changed', difference: '1', ratio: 1e-6 } }],
  });
  for (const text of [reviewMarkdown(reviewOf([reportOf({ comparison })])), reviewText(reviewOf([reportOf({ comparison, verdict: 'review' })]))]) {
    assert.match(text, /999,999 of 1,000,000/);
    assert.match(text, /\b1 of 1,000,000/);
    assert.doesNotMatch(text, /\b(100|0) ?%/);
  }
});

test('a backtest that fails says so in a line, and claims no equal number', () => {
  const point = (day: number, base: string | null, head: string | null): BacktestPoint => ({
    asOf: `2026-01-0${day}`, snapshot: null, metrics: [], failed: { base, head },
    alerts: { base: ['target: Orders'], head: head === null ? ['check: rows >= 1'] : [] },
  });
  assert.match(reviewMarkdown(reviewOf([reportOf({})])), /^- run for no as-of of the past: none is kept, or review\.backtest is 0$/m);
  const told = (points: BacktestPoint[]): string => reviewMarkdown(reviewOf([reportOf({ verdict: 'block', backtest: { asked: points.length, points, unreachable: [] } })])).split('**Backtest**')[1]!.split('**How')[0]!;
  const failing = told([1, 2, 3, 4, 5].map((day) => point(day, null, 'query-syntax')));
  assert.match(failing, /fails at 5 as-ofs from `2026-01-01` to `2026-01-05`: `query-syntax`\n/);
  assert.doesNotMatch(failing, /the same|alert/);
  const mixed = told([point(1, null, null), point(2, null, null), point(3, 'query-timeout', 'query-timeout'), point(4, 'query-failed', null)]);
  assert.match(mixed, /fails at `2026-01-03`: `query-timeout`, as before\n/);
  assert.match(mixed, /failed before, and would not fail, at `2026-01-04`: `query-failed`\n/);
  assert.match(mixed, /would have been: `check: rows >= 1` at `2026-01-01`, `2026-01-02`\n/);
  assert.match(mixed, /would not have been: `target: Orders` at `2026-01-01`, `2026-01-02`\n/);
});

test('a new report is told by its first number, so that a list of several shows what each says', () => {
  const first = { ...metric('on_time', '0.668', 'DOUBLE'), period: '2026-01-06' };
  const names = [{ name: 'on_time', label: 'On time | share', format: '.1%', unit: null, better: null, target: null }];
  const added = reportOf({ change: 'added', base: null, comparison: null, verdict: 'review', head: sideOf(6, {}, { metrics: [first, metric('flights', '9')] }), metrics: names });
  assert.equal(plain(reportReason(added)), 'a new report: On time | share 66.8% (2026-01-06)');
  assert.match(reviewMarkdown(reviewOf([added], { verdict: 'review' })), /^\*\*Review\*\*: 1 affected report\. `sales\/orders`, a new report: `On time \| share` `66\.8%` \(`2026-01-06`\)\n/);
  assert.equal(plain(reportReason(reportOf({ ...added, head: sideOf(6) }))), 'a new report');
  assert.equal(plain(reportReason({ ...added, period: 'month' })), 'a new report: On time | share 66.8% (January 2026)');
});

test('of a new report that gave no result, nothing is said that its definition might contradict', () => {
  const text = reviewMarkdown(reviewOf([reportOf({ change: 'added', base: null, head: failedSide('wrong-value', 'there is no team "sales"'), comparison: null, metrics: [], verdict: 'block' })]));
  assert.match(text, /Metrics, checks and columns with personal data: nothing is known of them/);
  assert.doesNotMatch(text, /It has no metric|The checks would notice|No column says/);
});

test('nothing but numbers is told of rows about people', () => {
  const row = { cells: ['Ada Lovelace'], count: 1 };
  const withheld = reviewOf([reportOf({ personal: true, verdict: 'review', comparison: comparisonOf(1, 2, { samples: { limit: 0, added: { total: 1, columns: ['name'], rows: [] }, removed: { total: 0, columns: [], rows: [] }, modified: { total: 0, columns: [], rows: [] } } }) })]);
  assert.ok(!reviewMarkdown(withheld).includes(row.cells[0]!));
  assert.match(reviewMarkdown(withheld), /They are not shown/);
  assert.match(reviewText(withheld), /They are not shown/);
});

test('what the differences have in common is told in every medium, in words', () => {
  const lines = (patterns: Pattern[], added: { name: string; type: string }[] = []): string[] => patternLines(comparisonOf(6, 7, { patterns, schema: { added, removed: [], retyped: [], renamed: [], nullability: [], reordered: false } })).map(plain);
  const patterns: Pattern[] = [
    { kind: 'repeated', what: 'rows', side: 'head', times: 2 }, { kind: 'repeated', what: 'rows', side: 'base', times: 3 }, { kind: 'repeated', what: 'keys', side: 'head', times: 1200 }, { kind: 'repeated', what: 'keys', side: 'base', times: 2 },
    { kind: 'copies', rows: 'added', count: 300 }, { kind: 'copies', rows: 'removed', count: 1 },
    { kind: 'value', rows: 'removed', count: 1240, column: 'region', values: ['Nord'], only: true }, { kind: 'value', rows: 'added', count: 5, column: 'region', values: ['a', '', 'c'], only: true }, { kind: 'value', rows: 'changed', count: 2, column: 'region', values: [null], only: false },
    { kind: 'range', rows: 'changed', count: 9, column: 'day', from: '2026-03-01', to: null, only: true }, { kind: 'range', rows: 'removed', count: 9, column: 'orders', from: null, to: '9', only: true }, { kind: 'range', rows: 'added', count: 9, column: 'day', from: '2026-03-01', to: '2026-03-05', only: false },
    { kind: 'both', rows: 'removed', count: 12, conditions: [{ kind: 'value', column: 'region', values: ['Nord'] }, { kind: 'range', column: 'day', from: '2026-03-01', to: null }] }, { kind: 'both', rows: 'changed', count: 5, conditions: [{ kind: 'value', column: 'region', values: [null] }, { kind: 'value', column: 'type', values: ['test'] }] },
    { kind: 'ratio', columns: ['revenue', 'cost', 'tax'], cells: 1240, ratio: '2' }, { kind: 'ratio', columns: ['x'], cells: 3, ratio: '-1' }, { kind: 'difference', columns: ['x'], cells: 3, difference: '-5' },
    { kind: 'becomes', columns: ['x'], cells: 3, before: null, after: '0' }, { kind: 'becomes', columns: ['x'], cells: 3, after: null }, { kind: 'becomes', columns: ['x'], cells: 3, before: 'Süd' },
    { kind: 'exchanged', columns: ['x', 'y'], cells: 6 }, { kind: 'rounded', columns: ['x'], cells: 3, places: 0, way: 'cut' }, { kind: 'rounded', columns: ['x'], cells: 3, places: 1, way: 'rounded' }, { kind: 'rounded', columns: ['x'], cells: 3, places: 2, way: 'rounded' },
    { kind: 'shifted', columns: ['x'], cells: 3, least: '7200000000', most: '7200000000' }, { kind: 'shifted', columns: ['x'], cells: 3, least: '-93600000000', most: '-1500000' }, { kind: 'one-way', columns: ['x', 'y'], cells: 1439, to: 'less' },
  ];
  assert.deepEqual(lines(patterns), [
    'every row stands exactly twice as often as before', 'every row stood exactly 3 times as often before', 'every key stands exactly 1,200 times, and stood once before', 'every key stood exactly twice before, and stands once',
    'each of the 300 added rows is one that was there already', 'the removed row is still there, less often',
    'all 1,240 removed rows have region = Nord, and no row after does', 'all 5 added rows have region = a, empty text or c, and no row before does', 'both changed rows have no value in region',
    'all 9 changed rows have day from 2026-03-01 on, and no other row before does', 'all 9 removed rows have orders up to 9, and no row after does', 'all 9 added rows have day from 2026-03-01 to 2026-03-05',
    'all 12 removed rows have region = Nord and day from 2026-03-01 on, and no row after does', 'all 5 changed rows have no value in region and type = test, and no other row before does',
    'each of the 1,240 changed values of revenue, cost and tax is exactly 2 × what it was', 'each of the 3 changed values of x has the other sign', 'each of the 3 changed values of x is exactly 5 less than it was',
    'each of the 3 changed values of x had no value and is 0', 'each of the 3 changed values of x has no value now', 'each of the 3 changed values of x was Süd before',
    'each of the 6 changed values of x and y is what the other column had', 'each of the 3 changed values of x is what it was, cut to a whole number', 'each of the 3 changed values of x is what it was, rounded to 1 digit after the point', 'each of the 3 changed values of x is what it was, rounded to 2 digits after the point',
    'each of the 3 changed values of x is exactly 2 hours later than it was', 'each of the 3 changed values of x is 1.5 seconds to 1 day 2 hours earlier than it was', 'each of the 1,439 changed values of x and y is less than it was',
  ]);
  assert.deepEqual(lines(patterns.slice(0, 1), [{ name: 'new', type: 'DATE' }]), ['every row stands exactly twice as often as before, in the columns that both have']);

  const report = reportOf({ comparison: comparisonOf(6, 7, { patterns: [{ kind: 'value', rows: 'removed', count: 3, column: 're`gion', values: ['@ada'], only: true }] }) });
  assert.match(reviewMarkdown(reviewOf([report])), /- `sales\/orders`: all 3 removed rows have ``re`gion`` = `@ada`, and no row after does\n/);
  assert.match(reviewText(reviewOf([report], { verdict: 'review', reports: [{ ...report, verdict: 'review' }] })), /What the differences have in common\n {4}all 3 removed rows have re`gion = @ada, and no row after does/);
});

test('where there is no room for all that differences have in common, no report goes without a sentence', () => {
  const patterns: Pattern[] = [{ kind: 'value', rows: 'removed', count: 3, column: 'region', values: ['Nord'], only: true }, { kind: 'one-way', columns: ['orders'], cells: 9, to: 'less' }];
  const text = reviewMarkdown(reviewOf(Array.from({ length: 15 }, (_, index) => reportOf({ report: `sales/r${index}`, comparison: comparisonOf(6, 7, { patterns }) }))));
  const told = text.split('**What the differences have in common**')[1]!.split('| Report')[0]!;
  for (let index = 0; index < 15; index += 1) assert.ok(told.includes(`- \`sales/r${index}\`: all 3 removed rows`), String(index));
  assert.match(told, /^- `sales\/r4`: each of the 9 changed values of `orders` is less than it was\n- `sales\/r5`: all 3/m);
  assert.match(told, /10 more sentences/);
});

test('metrics over their threshold come first, and of each the one that changed most; what has no share of the value before is last', () => {
  const change = (name: string, before: string, after: string, ratio: number | null) => ({ name, before: metric(name, before), after: metric(name, after), change: { kind: 'changed' as const, difference: String(Number(after) - Number(before)), ratio } });
  const comparison = comparisonOf(6, 6, { metrics: [change('little', '100', '101', 0.01), change('zero', '0', '7', null), change('much', '100', '20', -0.8), change('more', '100', '103', 0.03), change('some', '100', '130', 0.3), { name: 'same', before: metric('same', '1'), after: metric('same', '1'), change: { kind: 'same' } }] });
  const gates = ['some', 'much', 'zero'].map((subject): GateResult => ({ gate: 'metrics', level: 'warn', status: 'fail', expected: '', actual: '', subject, waiver: null }));
  const names = [...reviewMarkdown(reviewOf([reportOf({ comparison, gates })])).matchAll(/^\| `(\w+)` \| `\d+` \|/gm)].map(([, name]) => name);
  assert.deepEqual(names, ['much', 'some', 'zero', 'more', 'little']);
  // A list of reports has room for the worst.
  assert.match(reviewMarkdown(reviewOf([reportOf({ comparison, gates })])), /^\| `sales\/orders` \| Pass \| `much: 100 → 20` and 2 more \| changed/m);
});

test('where one side alone has a result, its numbers are called its own, and the other is not said to have read other files', () => {
  const file = (readBy: 'base' | 'head' | 'both') => ({ source: 'orders', path: 'data/orders.csv', bytes: 10, sha256: digestBytes('1'), readBy });
  const failed = failedSide('wrong-value');
  const inputs = (base: ReviewSide, head: ReviewSide, readBy: 'base' | 'head' | 'both'): string | undefined => sectionLines(reportOf({ base, head, comparison: null, inputs: { identical: false, files: [file(readBy)], drift: null } }), 'How it was run').find((line) => line.startsWith('inputs'));
  assert.equal(inputs(sideOf(1), failed, 'base'), 'inputs: 1 file, 10 bytes, read before alone');
  assert.equal(inputs(failed, sideOf(1), 'head'), 'inputs: 1 file, 10 bytes, read after alone');
  assert.equal(inputs(sideOf(1), failed, 'both'), 'inputs: 1 file, 10 bytes, not the same on both sides');
  assert.equal(inputs(sideOf(1), sideOf(1), 'base'), 'inputs: 1 file, 10 bytes, not the same on both sides');

  const before = 'There is no result after the change: metrics, charts and checks are those before it.';
  assert.equal(onlySideWords({ base: sideOf(1), head: failed }), before);
  assert.equal(onlySideWords({ base: failed, head: sideOf(1) }), 'There was no result before the change: metrics, charts and checks are those after it.');
  assert.equal(onlySideWords({ base: sideOf(1), head: null }), 'There is no result after the change: metrics, charts and checks are those of the report that it removes.');
  for (const sides of [{ base: sideOf(1), head: sideOf(1) }, { base: failed, head: failed }, { base: null, head: sideOf(1) }, { base: null, head: failed }]) assert.equal(onlySideWords(sides), null);
});

test('a column is listed where its numbers differ, not where the rounding of doubles does', () => {
  const of = (sum: string, mean: number) => ({ nulls: 0, distinct: 3, min: '0.1', max: '0.2', sum, mean });
  const column = (name: string, base: ReturnType<typeof of>, head: ReturnType<typeof of>) => ({ name, comparing: 'double' as const, changed: 0, withinTolerance: 3, base, head });
  const columns = [column('rounded', of('0.30000000000000004', 0.10000000000000002), of('0.3', 0.1)), column('other', of('0.3', 0.1), of('0.30001', 0.1000033))];
  const table = reportSections(reportOf({ comparison: comparisonOf(3, 3, { columns }) })).find(({ title }) => title === 'Columns')!.blocks.find(({ kind }) => kind === 'table');
  assert.deepEqual(table?.kind === 'table' && table.rows.map(([name]) => plain(name!)), ['other']);
});
