import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANSWER_FORMAT, readAnswer, writeAnswer, type Answer } from '../../src/review/onboard/answer.ts';
import { FIELDS, readForm, type FieldName } from '../../src/review/onboard/form.ts';
import { madeText, problemsText, pullText } from '../../src/review/onboard/issue-text.ts';

type Filled = { [name in FieldName]?: string };

const GOOD: Filled = { title: 'Orders of the north', team: 'team', owner: 'ann@example.org', description: 'Orders by day.', sql: 'select 1 as n', template: 'kpi' };

/** As the host writes a form that somebody has filled in. */
function body(filled: Filled): string {
  return Object.entries(FIELDS).map(([name, { label }]) => {
    const text = filled[name as FieldName];
    return `### ${label}\n\n${name === 'sql' && text !== undefined ? `\`\`\`sql\n${text}\n\`\`\`` : text ?? '_No response_'}`;
  }).join('\n\n');
}

test('what was filled in comes back, also with the host’s line ends', () => {
  const filled = { ...GOOD, sql: '-- ### Title\nselect *\nfrom orders;', narrative: '### How to judge\n\nHigh is **good**.', key: 'day, region' };
  const expected = { ...Object.fromEntries(Object.keys(FIELDS).map((name) => [name, null])), ...filled };
  assert.deepEqual(readForm(body(filled)), { form: expected, problems: [] });
  assert.deepEqual(readForm(body(filled).replaceAll('\n', '\r\n')), { form: expected, problems: [] });
});

test('any text of a field comes back whole, or is refused', () => {
  fc.assert(fc.property(fc.constantFrom(...(Object.keys(FIELDS) as FieldName[])), fc.string({ unit: 'binary', maxLength: 60 }), (name, text) => {
    const { form, problems } = readForm(body({ ...GOOD, [name]: text }));
    if (problems.length === 0 && text.trim() !== '') assert.equal(form[name] ?? '', /^(_No response_|None)$/.test(text.trim()) ? '' : text.replaceAll('\r\n', '\n').trim());
  }), { seed: 4, numRuns: 500 });
});

test('all that is wrong is said at once, by field', () => {
  const cases: [filled: Filled, field: string, message: RegExp, line?: number][] = [
    [{ title: 'a'.repeat(161) }, 'Title', /161 characters, and at most 160/],
    [{ title: 'two\nlines' }, 'Title', /more than one line/],
    [{ owner: 'ann\u202Emoc' }, 'Owner', /not seen/, 1],
    [{ sql: 'select 1\n-- \u2066' }, 'SQL', /not seen/, 2],
    [{ sql: 'select 1\n```\nmore\n```sql' }, 'SQL', /block of code/],
    [{ team: '' }, 'Team', /is empty/],
    [{ description: 'It shows\n### Title\nanother' }, 'Title', /stands there 2 times/],
    [{ description: '```\nopen' }, 'SQL', /heading “### SQL” is missing/],
  ];
  for (const [filled, field, message, line = null] of cases) {
    const found = readForm(body({ ...GOOD, ...filled })).problems.find((one) => one.field === field);
    assert.match(found?.message ?? '', message);
    assert.equal(found?.line, line);
  }
  assert.deepEqual(readForm('').problems.map(({ field }) => field), Object.values(FIELDS).map(({ label }) => label));
  assert.match(readForm(`Please:\n\n${body(GOOD)}`).problems[0]!.message, /before the first heading/);
});

const REPORT = 'title: T\nteam: team\nowner: a\ndescription: d\nschedule: { cron: "0 6 * * *" }\n';
const MADE: Answer = {
  format: ANSWER_FORMAT, issue: 12, changed: '2026-01-08T07:00:00Z', by: 'ann', problems: [],
  made: { report: 'team/new', title: 'T', files: { 'reports/team/new.yml': REPORT, 'queries/team/new.sql': 'select 1\n' }, as_of: '2026-01-07', rows: 2, metrics: [{ name: 'n', value: '2', period: null }], warnings: [] },
};

test('an answer comes back as it was written; what is no new report is refused, by its reason', () => {
  assert.deepEqual(readAnswer(writeAnswer(MADE), 'answer.json'), MADE);
  const withFile = (file: string, text = 'files: a.csv\n'): object => ({ ...MADE, made: { ...MADE.made, files: { ...MADE.made!.files, [file]: text } } });
  const named = (report: string): object => ({ ...MADE, made: { ...MADE.made, report } });
  assert.ok(readAnswer(JSON.stringify(withFile('queries/sources/new.yml')), 'a').made);
  assert.ok(readAnswer(JSON.stringify(withFile('reports/team/new.md', 'Read it so.')), 'a').made);
  const cases: [answer: unknown, reason: RegExp][] = [
    [withFile('.github/workflows/ci.yml'), /“\.github\/workflows\/ci\.yml” is no file of a new report/],
    [withFile('queries/sources/../../package.json'), /no file of a new report/],
    [withFile('reports/team/other.yml', REPORT), /no file of a new report/],
    [withFile('queries/macros/new.sql'), /no file of a new report/],
    [withFile('daybook.yml'), /no file of a new report/],
    [withFile('queries/sources/new.yml', 'files: a.csv\nprepare: curl example.org\n'), /names a command/],
    [withFile('queries/sources/new.yml', 'files: a.csv\nsecrets: [TOKEN]\n'), /names a command/],
    [withFile('reports/team/new.yml', 'title: T\nowns: everything\n'), /unknown key|missing/],
    [named('../../x'), /cannot be a report’s id/],
    [named('new'), /cannot be a report’s id/],
    [named('team/other'), /there is no reports\/team\/other\.yml/],
    [{ ...MADE, made: null }, /a report, or problems/],
    [{ ...MADE, issue: -1 }, /issue/],
    [{ ...MADE, more: 1 }, /Unrecognized key/i],
    [withFile('reports/team/new.md', 'x'.repeat(200_001)), /Too big/i],
    ['x'.repeat(600_000), /more than 500000 bytes/],
  ];
  for (const [answer, reason] of cases) assert.throws(() => readAnswer(JSON.stringify(answer), 'answer.json'), reason);
  assert.throws(() => readAnswer('{', 'answer.json'), { code: 'answer-broken' });
  const polluted = JSON.stringify(MADE).replace('"reports/team/new.yml"', '"__proto__":"x","reports/team/new.yml"');
  assert.deepEqual(readAnswer(polluted, 'answer.json'), MADE);
});

test('text of the form is code wherever it stands, so that nobody is called and nothing is linked', () => {
  const evil = '@everyone <script>#1 `` ![x](y)\n::error::x\n# head\n```\n| a |';
  const texts = [
    problemsText({ problems: [{ field: null, line: 3, message: evil, remedy: evil }] }),
    pullText({ ...MADE, by: evil, made: { ...MADE.made!, title: evil } }, true).body,
    madeText({ ...MADE, made: { ...MADE.made!, as_of: evil, warnings: [evil], metrics: [{ name: evil, value: evil, period: evil }] } }, 7),
  ];
  for (const text of texts) {
    const bare = text.replace(/^(`{3,})text\n[^]*?\n\1$/gm, '').replace(/(`+)(?!`)[^]*?[^`]\1(?!`)/g, '');
    assert.doesNotMatch(bare, /everyone|script|!\[|head|::error/, text);
  }
});
