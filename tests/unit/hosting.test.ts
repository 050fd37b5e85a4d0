import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminsOf, codeowners, isOwner } from '../../src/review/codeowners.ts';
import { requiredChecks } from '../../src/review/provision-checks.ts';

const REPORTS = [
  { id: 'sales/orders', owner: '@ann, data@example.org', file: 'reports/sales/orders.yml', query: 'queries/shared.sql', approved: true },
  { id: 'sales/returns', owner: '@team/sales', file: 'reports/sales/returns.yml', query: 'queries/shared.sql', approved: false },
  { id: 'sales/plan', owner: 'The sales team', file: 'reports/sales/plan.yml', query: 'queries/sales/plan.sql', approved: false },
  { id: 'sales/odd', owner: '@ben', file: 'reports/sales/odd.yml', query: 'queries/a b @eve #1.sql', approved: false },
];

test('code owners: of each report its files, of a shared query the admins; what decides comes last; lines of people stay', () => {
  const { text, notes } = codeowners(REPORTS, ['@boss'], '*.md @writers\r\n');
  assert.equal(text, [
    '*.md @writers', '',
    '# Begin of what `npx daybook provision` writes from the owners of the reports',
    '/reports/sales/odd.* @ben', '/reports/sales/orders.* @ann data@example.org', '/reports/sales/orders.approvals/ @ann data@example.org',
    '/reports/sales/returns.* @team/sales', '/queries/shared.sql @boss',
    ...['daybook.yml', 'snapshots/', 'queries/macros/', 'queries/sources/', 'src/', 'scripts/', 'package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc', 'astro.config.mjs', '.github/'].map((path) => `/${path} @boss`),
    '# End of what `npx daybook provision` writes', '',
  ].join('\n'));
  assert.deepEqual(notes.map((note) => note.split(':')[0]), ['sales/plan', 'sales/odd', 'sales/orders, sales/returns']);
  assert.deepEqual(adminsOf(text), ['@boss']);
  assert.equal(codeowners(REPORTS, ['@boss'], text).text, text);
  const edited = `${text}/docs/ @late\n`;
  assert.equal(codeowners(REPORTS, ['@boss'], edited).text, edited);
});

test('code owners: nobody becomes the owner of another report’s query, and no line takes the owners of others off', () => {
  const report = (id: string, owner: string, query = `queries/${id}.sql`) => ({ id, owner, file: `reports/${id}.yml`, query, approved: false });
  const [own, lent] = [report('sales/orders', '@team/sales'), report('a/orders', '@eve', 'queries/sales/orders.sql')];
  const queryLine = (reports: Parameters<typeof codeowners>[0], admins: string[]): string | undefined => codeowners(reports, admins, '').text.split('\n').find((line) => line.startsWith('/queries/sales/orders.sql'));
  assert.equal(queryLine([own], ['@boss']), '/queries/sales/orders.sql @team/sales');
  // Whichever of the two has its name.
  for (const reports of [[own, lent], [{ ...own, id: 'x/y' }, { ...lent, id: 'sales/orders' }]]) assert.equal(queryLine(reports, ['@boss']), '/queries/sales/orders.sql @boss');
  assert.deepEqual(codeowners([own, lent], ['@boss'], '').notes, ['a/orders, sales/orders: of their one query queries/sales/orders.sql, the admins are asked for a review.']);
  assert.deepEqual(codeowners([own, lent], [], '').notes, ['a/orders, sales/orders: of their one query queries/sales/orders.sql, any of their owners may approve a change; with --admins, these are asked.']);
  // A line without owners would leave what it names without any.
  const nobody = codeowners([report('a/b', ','), report('a/c', ' ')], [], '* @writers\n');
  assert.doesNotMatch(nobody.text, /\/a\//);
  assert.deepEqual(nobody.notes.map((note) => note.split(':')[0]), ['a/b', 'a/c']);
});

test('code owners: of marks that people have copied or broken, the last pair counts, and what decides is read out of it alone', () => {
  const [one] = REPORTS;
  const written = codeowners([one!], ['@boss'], '').text;
  const [begin, end] = [written.split('\n')[0]!, written.split('\n').at(-2)!];
  for (const before of [`${end}\n/x @ann\n`, `${begin}\n/x @ann\n`, `/daybook.yml @intern\n`]) {
    const first = codeowners([one!], ['@boss'], before).text;
    assert.ok(first.startsWith(before), first);
    assert.equal(codeowners([one!], ['@boss'], first).text, first);
    assert.deepEqual(adminsOf(first), ['@boss']);
  }
  assert.deepEqual(adminsOf('/daybook.yml @intern\n'), []);
});

test('an owner is a handle, a team or an address', () => {
  for (const owner of ['@ann', '@a-b', '@team/data.eng', 'a.b+c@sub.example.org']) assert.ok(isOwner(owner), owner);
  for (const owner of ['ann', '@', '@-a', '@a/b/c', 'a@b', 'a@b c.org', '@ann\n* @eve', '@ann #']) assert.ok(!isOwner(owner), owner);
});

test('required checks: jobs that run for every pull request; the verdict of the review once, by whoever tells it', () => {
  const ci = { name: 'ci.yml', text: 'on:\n  pull_request:\n  push:\njobs:\n  test: {}\n  lint: { name: Lint }\n  each: { strategy: { matrix: {} } }\n' };
  const docs = { name: 'docs.yml', text: 'on: { pull_request: { paths: [docs] } }\njobs: { docs: {} }\n' };
  const nightly = { name: 'nightly.yml', text: 'on: { schedule: [] }\njobs: { night: {} }\n' };
  const review = { name: 'review.yml', text: 'on: [pull_request]\njobs: { review: {} }\n' };
  const comment = { name: 'comment.yml', text: 'on: { workflow_run: {} }\njobs: { comment: {} }\n' };
  assert.deepEqual(requiredChecks([ci, docs, nightly, review]), ['Lint', 'review', 'test']);
  assert.deepEqual(requiredChecks([ci, docs, nightly, review, comment]), ['Daybook review', 'Lint', 'test']);
  assert.deepEqual(requiredChecks([]), []);
  const typed = (types: string): string[] => requiredChecks([{ name: 'x.yml', text: `on: { pull_request: { types: [${types}] } }\njobs: { one: {} }\n` }]);
  assert.deepEqual([typed('opened, synchronize, reopened, edited'), typed('labeled'), typed('opened')], [['one'], [], []]);
});
