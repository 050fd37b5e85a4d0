import assert from 'node:assert/strict';
import { readFile, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { GateResult } from '../../src/analysis/gate/gates.ts';
import type { Review } from '../../src/analysis/review/review.ts';
import { BASE, commit, daybook, git, newInstance, refresh, report, tree, write, type Files } from './instance.ts';
import { only, reviewOf } from './reviewed.ts';

const ORDERS = 'as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders) } }\n';

const failing = (gates: readonly GateResult[]): string[] => gates.filter(({ status }) => status === 'fail').map(({ gate, level }) => `${level} ${gate}`);

test('a changed query is run before and after on the same files, and what differs is told', async (t) => {
  const root = await newInstance(t);
  await refresh(root, ['good', '--from', '2026-01-05', '--to', '2026-01-08']);
  const { review, said: { code, text: out }, folder } = await reviewOf(t, root, report('good', "select day, region, orders * 2 as orders from orders where day <= $as_of and region <> 'south'", ORDERS));
  const one = only(review);
  assert.equal(code, 0, out);
  assert.equal(one.change, 'modified');
  assert.deepEqual(one.causes.map(({ kind, file }) => [kind, file]), [['query', 'queries/team/good.sql']]);
  assert.deepEqual(one.sql!.classes, ['projection', 'filter']);
  assert.ok(one.comparison?.kind === 'different');
  assert.deepEqual(one.comparison.rows, { base: 6, head: 3, added: 0, removed: 3, modified: 3, unchanged: 0 });
  assert.ok(one.inputs.identical && one.inputs.files.every(({ readBy }) => readBy === 'both'));
  assert.deepEqual(one.inputs.rows, [{ source: 'orders', base: 6, head: 6 }]);
  assert.equal(one.base!.deterministic && one.head!.deterministic, true);
  assert.deepEqual(one.backtest!.points.map(({ asOf, metrics }) => [asOf, metrics[0]!.published, metrics[0]!.base, metrics[0]!.head]), [['2026-01-05', '200', '200', '240'], ['2026-01-06', '208', '208', '262'], ['2026-01-07', '210', '210', '236']]);
  assert.deepEqual(failing(one.gates).sort(), ['warn backtest', 'warn metrics', 'warn query', 'warn rows', 'warn values']);
  assert.equal(review.verdict, 'review');
  const changes = await readFile(path.join(folder, 'changes/team/good.csv'), 'utf8');
  assert.equal(changes.split('\n')[0], 'change,day,region,orders');
  assert.deepEqual([one.changes!.rows, one.changes!.bytes], [6, Buffer.byteLength(changes)]);
  assert.match(await readFile(path.join(folder, 'summary.md'), 'utf8'), /^\*\*Review\*\*: 1 affected report/);
});

test('what the change does not touch is not run, and what only reads otherwise is words', async (t) => {
  const root = await newInstance(t, { ...report('other', 'select day, region, orders from orders where day <= $as_of', ORDERS), 'queries/macros/twice.sql': 'create macro twice(x) as x * 2;\n', ...report('macro', 'select day, region, twice(orders) as orders from orders where day <= $as_of', ORDERS) });
  const words = await reviewOf(t, root, { 'reports/team/good.yml': BASE['reports/team/good.yml']!.toString().replace('What it shows.', 'What it tells.') });
  assert.deepEqual([only(words.review).change, words.review.verdict, words.review.unaffected], ['described', 'review', 2]);
  assert.equal(only(words.review).head, null);
  assert.equal(words.said.text.split('\n')[0], 'Review: 1 affected report. team/good, words: description: What it shows. → What it tells.');
  assert.deepEqual(only(words.review).causes, [{ kind: 'words', file: 'reports/team/good.yml', detail: 'description', line: 4 }]);
  const macro = await reviewOf(t, root, { 'queries/macros/twice.sql': 'create macro twice(x) as x + x + 1;\n' });
  assert.deepEqual([only(macro.review).report, only(macro.review).causes[0]!.kind], ['team/macro', 'macro']);
});

test('a new report has a profile and no comparison; one that is gone is told', async (t) => {
  const root = await newInstance(t);
  const { review, said: { code } } = await reviewOf(t, root, { ...report('fresh', 'select region, sum(orders)::BIGINT as orders from orders group by all', 'key: [region]\nmetrics: { orders: { label: Orders, value: sum(orders) } }\n'), 'reports/team/good.yml': null, 'queries/team/good.sql': null });
  const [added, removed] = ['added', 'removed'].map((kind) => review.reports.find(({ change }) => change === kind)!);
  assert.equal(code, 0);
  assert.deepEqual([added!.report, added!.verdict, added!.comparison, added!.head!.result!.rows.count], ['team/fresh', 'review', null, 2]);
  assert.deepEqual(added!.distributions.map(({ name, head }) => [name, head!.distinct, head!.min, head!.max]), [['region', 2, 'north', 'south'], ['orders', 2, '249', '369']]);
  assert.deepEqual([removed!.report, removed!.verdict, removed!.head], ['team/good', 'review', null]);
});

test('with a new report, a macro that stands already does not come', async (t) => {
  const macros = { 'queries/macros/twice.sql': 'create macro twice(x) as x * 2;\n' };
  const root = await newInstance(t, macros);
  const more = { ...report('fresh', 'select day, region, thrice(twice(orders)) as orders from orders where day <= $as_of', ORDERS), 'queries/macros/thrice.sql': 'create macro thrice(x) as x * 3;\n' };
  const { review } = await reviewOf(t, root, more);
  const { lines } = only(review).sql!;
  assert.deepEqual(lines.filter((line) => line.startsWith('+++')), ['+++ queries/team/fresh.sql', '+++ queries/macros/thrice.sql']);
});

test('data that the change brings is told apart from what the definition does', async (t) => {
  const root = await newInstance(t);
  const data = BASE['data/orders.csv']!.toString().replace('2026-01-07,south,92', '2026-01-07,south,95');
  const { review } = await reviewOf(t, root, { 'data/orders.csv': data, ...report('good', 'select day, region, orders + 1 as orders from orders where day <= $as_of', ORDERS) });
  const one = only(review);
  assert.ok(one.comparison?.kind === 'different' && one.inputs.identical);
  // Both sides on the new file: 92 + 3 is the data's doing, and one more in each row the query's.
  assert.equal(one.comparison.metrics[0]!.before!.value, '213');
  assert.equal(one.comparison.metrics[0]!.after!.value, '215');
  assert.deepEqual(one.inputs.drift!.files, ['data/orders.csv']);
  assert.ok(one.inputs.drift!.comparison?.kind === 'different' && one.inputs.drift!.comparison.rows.modified === 1);
  assert.deepEqual(failing(review.gates), ['warn data']);
});

test('a data file that is a link is what it leads to', async (t) => {
  const root = await newInstance(t, { 'queries/sources/orders.yml': 'files: data/latest.csv\ncolumns: { day: DATE, orders: BIGINT }\n' });
  await symlink('orders.csv', path.join(root, 'data/latest.csv'));
  await commit(root, 'A link');
  const { review } = await reviewOf(t, root, { 'data/orders.csv': BASE['data/orders.csv']!.toString().replace('2026-01-07,south,92', '2026-01-07,south,95') });
  const one = only(review);
  assert.deepEqual(one.causes.map(({ kind, file }) => [kind, file]), [['data', 'data/latest.csv']]);
  assert.equal(one.head!.result!.metrics[0]!.value, '213');
  assert.ok(one.inputs.drift!.comparison?.kind === 'different' && one.inputs.drift!.comparison.rows.modified === 1);
});

test('a clone without a main branch is told so, and a folder that holds something else is not written into', async (t) => {
  const root = await newInstance(t);
  const other = path.join(root, 'other');
  await write(root, { 'other/notes.txt': 'mine' });
  const refused = await daybook(root, ['review', '--out', 'other']);
  assert.deepEqual([refused.code, await readdir(other)], [3, ['notes.txt']]);
  await git(root, 'switch', '-q', '-c', 'trunk');
  await git(root, 'branch', '-q', '-D', 'main');
  const lost = await daybook(root, ['review']);
  assert.equal(lost.code, 3);
  assert.match(lost.err, /no main branch/);
});

test('what is not run is incomplete, what fails blocks, and the others are judged all the same', async (t) => {
  const prepared: Files = { 'queries/sources/made.yml': 'files: data/made.csv\nprepare: touch canary; false\n', ...report('made', 'select 1 as one from made', 'key: [one]\n') };
  prepared['reports/team/made.yml'] = prepared['reports/team/made.yml']!.toString().replace('[orders]', '[made]');
  const root = await newInstance(t, prepared);
  const { review, said: { code } } = await reviewOf(t, root, { 'queries/team/made.sql': 'select 2 as one from made\n' });
  assert.deepEqual([only(review).head!.status, review.verdict, code], ['unreadable', 'incomplete', 2]);
  assert.ok(!(await readdir(root)).includes('canary'));
  const broken = await reviewOf(t, root, { 'queries/team/good.sql': 'select day, region, order from orders\n', ...report('fresh', 'select region, count(*) as n from orders group by all', 'key: [region]\n') });
  assert.deepEqual([broken.review.verdict, broken.said.code], ['block', 1]);
  assert.deepEqual(broken.review.reports.map((one) => [one.report, one.verdict]), [['team/good', 'block'], ['team/fresh', 'review']]);
  const [problem] = broken.review.problems;
  assert.deepEqual([problem!.report, problem!.file, problem!.line], ['team/good', 'queries/team/good.sql', 1]);
  const yaml = await reviewOf(t, root, { 'daybook.yml': 'title: [\n' });
  assert.deepEqual([yaml.review.verdict, yaml.review.problems[0]!.file], ['block', 'daybook.yml']);
});

test('rules, limits, code, engine and odd files are held against the base', async (t) => {
  const lock = (version: string): string => JSON.stringify({ packages: { 'node_modules/@duckdb/node-api': { version } } });
  const root = await newInstance(t, { 'package-lock.json': lock('1.5.5'), '.gitattributes': '* -text\n' });
  const readers = await reviewOf(t, root, { 'daybook.yml': `${BASE['daybook.yml']!.toString()}url: https://elsewhere.example/\n` });
  assert.equal(readers.review.gates.find(({ gate }) => gate === 'policy')!.actual, '1 rule: daybook.yml: url');
  const lax = `${BASE['daybook.yml']!.toString()}review: { gates: { status: off, key: off }, metric_change: 9 }\nlimits: { seconds: 100000 }\n`;
  const { review } = await reviewOf(t, root, { 'daybook.yml': lax, 'package.json': '{}', 'snapshots/note.txt': 'x', 'Reports/team/good.yml': 'x', ...report('good', 'select day, region, orders from orders, range(2) where day <= $as_of', ORDERS) });
  const gates = new Map(review.gates.map((gate) => [gate.gate, gate]));
  assert.equal(gates.get('policy')!.actual, '4 rules: daybook.yml: review.gates.status, daybook.yml: review.gates.key, daybook.yml: review.metric_change, daybook.yml: limits');
  assert.match(gates.get('files')!.actual, /snapshots\/note\.txt \(the job alone writes there\)/);
  assert.match(gates.get('files')!.actual, /Reports\/team\/good\.yml \(some machines take it for reports\)/);
  assert.match(gates.get('code')!.actual, /package\.json/);
  const one = review.reports.find(({ report: id }) => id === 'team/good')!;
  assert.deepEqual([one.verdict, one.head!.error!.code], ['block', 'key-duplicate']);
  const engine = await reviewOf(t, root, { 'package-lock.json': lock('9.0.0') });
  assert.equal(engine.review.verdict, 'incomplete');
  assert.match(engine.review.gates.find(({ subject }) => subject === 'engine')!.actual, /1\.5\.5 → 9\.0\.0/);
});

test('a waiver of the base branch holds for its commit alone', async (t) => {
  const root = await newInstance(t, { 'daybook.yml': `${BASE['daybook.yml']!.toString()}review: { gates: { metrics: block } }\n` });
  const change = report('good', 'select day, region, orders * 2 as orders from orders where day <= $as_of', ORDERS);
  await git(root, 'switch', '-q', '-c', 'change');
  await write(root, change);
  const head = await commit(root);
  await git(root, 'switch', '-q', 'main');
  const reviewed = async (): Promise<Review> => {
    const said = await daybook(root, ['review', `main..${head}`, '--json']);
    assert.equal(said.err, '');
    return JSON.parse(said.out) as Review;
  };
  assert.equal((await reviewed()).verdict, 'block');
  const waiver = (commitId: string): Files => ({ 'daybook.yml': `${BASE['daybook.yml']!.toString()}review: { gates: { metrics: block }, waivers: [{ gate: metrics, report: team/good, head: "${commitId}", by: Ada, reason: Doubled on purpose }] }\n` });
  await write(root, waiver(head));
  await commit(root);
  const waived = await reviewed();
  assert.equal(waived.verdict, 'review', 'a waiver is read from the tip of the base');
  assert.deepEqual([waived.tip, waived.base.commit], [await git(root, 'rev-parse', 'main'), await git(root, 'merge-base', 'main', head)]);
  await write(root, waiver('0'.repeat(40)));
  await commit(root);
  assert.equal((await reviewed()).verdict, 'block');
});

test('of a report about people, no value of a row leaves', async (t) => {
  const personal = `${ORDERS}columns: { region: { personal: true } }\n`;
  const root = await newInstance(t, { 'daybook.yml': `${BASE['daybook.yml']!.toString()}personal_store: ../people\n`, ...report('people', 'select day, region, orders from orders where day <= $as_of', personal) });
  const { review, said: { text: out }, folder } = await reviewOf(t, root, report('people', 'select day, region, orders + 1 as orders from orders where day <= $as_of', ORDERS));
  const one = only(review);
  assert.ok(one.personal && one.comparison?.kind === 'different');
  assert.equal(one.comparison.rows.modified, 6);
  assert.equal(one.changes, null);
  const written = [...(await tree(folder)).values(), out].join('\n');
  assert.doesNotMatch(written, /north|south/);
});

test('without a range, what nobody has committed is compared, and nothing of it is touched', async (t) => {
  const root = await newInstance(t);
  await write(root, { ...report('good', 'select day, region, orders + 1 as orders from orders where day <= $as_of', ORDERS), 'queries/team/draft.sql': 'select 1' });
  const before = await git(root, 'status', '--porcelain');
  const { out, code } = await daybook(root, ['review', '--json'], { env: { GITHUB_REPOSITORY: 'team/numbers', GITHUB_RUN_ID: '7' } });
  const review = JSON.parse(out) as Review;
  assert.equal(code, 0);
  assert.equal(review.job, 'https://github.com/team/numbers/actions/runs/7');
  assert.deepEqual([only(review).report, review.head], ['team/good', { commit: null, label: 'work tree' }]);
  assert.equal(await git(root, 'status', '--porcelain'), before);
  assert.deepEqual((await readdir(path.join(root, '.daybook/review'))).flat().filter((name) => name !== String(process.pid)), []);
});
