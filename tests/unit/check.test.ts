import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../src/error.ts';
import { checkYaml } from '../../src/report/check.ts';
import { nearest } from '../../src/report/near.ts';
import { reportSchema, sourceSchema } from '../../src/report/schema.ts';
import { readYaml } from '../../src/report/yaml.ts';

const GOOD = `title: x
team: a
owner: b
description: c
schedule: { cron: "0 6 * * *" }
`;

function problems(text: string): string[] {
  const checked = checkYaml(text, 'reports/x.yml', reportSchema);
  return 'problems' in checked ? checked.problems.map((problem) => describe(problem).split('\n')[0]!) : [];
}

test('a good report has no problem, and defaults are filled in', () => {
  const checked = checkYaml(GOOD, 'reports/x.yml', reportSchema);
  assert.ok(!('problems' in checked));
  assert.equal(checked.value.as_of, 'scheduled');
  assert.deepEqual(checked.value.metrics, {});
});

test('half of a character is refused where it stands: no digest could be made of it', () => {
  const refused = 'half of a character: an escape as \\ud83d needs its other half after it';
  const cases: [string, string][] = [
    [GOOD.replace('title: x', 'title: "A \\ud83d B"'), `reports/x.yml:1:8: title: ${refused}`],
    [`${GOOD}checks: [{ column: a, in: [ok, "\\uDE00\\uD83D"] }]\n`, `reports/x.yml:6:32: checks.0.in.1: ${refused}`],
    [`${GOOD}parameters: { "\\U0000D83D": 1 }\n`, `reports/x.yml:6:15: parameters.\ufffd: ${refused}`],
    [GOOD.replace('description: c', 'description: "\\ud83d\\ude00, \\\\ud83d" # \\ud83d'), ''],
  ];
  for (const [text, expected] of cases) assert.deepEqual(problems(text), expected === '' ? [] : [expected]);
});

test('problems point at file, line, column and key, and name the nearest key', () => {
  const cases: [string, string][] = [
    ['metrics:\n  flights: { label: F, value: sum(x), fromat: ",d" }\n', 'reports/x.yml:7:39: metrics.flights.fromat: unknown key "fromat"; did you mean "format"?'],
    ['metrics:\n  flights:\n    label: F\n    value: sum(x)\n    target: "ten"\n', 'reports/x.yml:10:13: metrics.flights.target: expected a number (here: "ten")'],
    ['checks:\n  - rows: { min: a }\n', 'reports/x.yml:7:18: checks.0.rows.min: expected a number (here: "a")'],
    ['checks:\n  - column: a\n    not_nul: true\n', 'reports/x.yml:8:5: checks.0.not_nul: unknown key "not_nul"; did you mean "not_null"?'],
    ['sorce: [a]\n', 'reports/x.yml:6:1: sorce: unknown key "sorce"; did you mean "sources"?'],
    ['charts: [{ type: pie, y: a }]\n', 'reports/x.yml:6:18: charts.0.type: expected one of "line"|"area"|"bar"|"dot" (here: "pie")'],
    ['title: y\n', 'reports/x.yml:6:1: duplicated mapping key'],
    ['key: [a\n', 'reports/x.yml:7:1: deficient indentation'],
  ];
  for (const [text, expected] of cases) assert.equal(problems(GOOD + text)[0], expected);
});

test('a value that a comma cuts in two is told to be put in quotes', () => {
  const told = (text: string): string[] => {
    const checked = checkYaml(`files: a.csv\n${text}`, 'queries/sources/x.yml', sourceSchema);
    return 'problems' in checked ? checked.problems.map((problem) => describe(problem).replace('\n  → ', ' → ')) : [];
  };
  assert.deepEqual(told('columns: { hours: DECIMAL(9,2) }\n'), ['queries/sources/x.yml:2:19: columns.hours: the comma ends the value: "DECIMAL(9" and "2)" are two → Put it in quotes: hours: "DECIMAL(9,2)". [wrong-value]']);
  assert.deepEqual(told('columns: { a: "STRUCT(x INTEGER)", b: STRUCT(x INTEGER, y DATE, z DATE), c: DATE }\n').map((text) => text.slice(text.indexOf('→'))), ['→ Put it in quotes: b: "STRUCT(x INTEGER, y DATE, z DATE)". [wrong-value]']);
  assert.deepEqual(told('columns:\n  hours: DECIMAL(9,2)\n'), []);
  assert.deepEqual(told('columns: { hours: "DECIMAL(9,2)", day: }\n').length, 1);
  assert.match(problems(`${GOOD}metrics:\n  n: { label: N, value: round(sum(x), 2) }\n`)[0]!, /:7:25: metrics\.n\.value: the comma ends the value/);
});

test('a format that pages could not use is told here', () => {
  const told = (format: string): string[] => problems(`${GOOD}metrics:\n  n: { label: N, value: sum(x), format: ${JSON.stringify(format)} }\n`);
  for (const format of [',d', '.1%', ',.4~g', '$,.2f', '', '.3s', '+,.1f']) assert.deepEqual(told(format), [], format);
  for (const format of [',.1percent', '0.0%%', '%d', ',.2q', '999999999d']) assert.deepEqual(told(format), [`reports/x.yml:7:41: metrics.n.format: a d3-format such as ",d", ".1%" or ",.2f" (here: ${JSON.stringify(format)})`]);
});

test('an address that becomes a link is one of the web', () => {
  const told = (url: string): boolean => 'problems' in checkYaml(`files: a.csv\nurl: ${JSON.stringify(url)}\n`, 'queries/sources/x.yml', sourceSchema);
  for (const url of ['https://example.org/a?b#c', 'http://localhost:8080/']) assert.ok(!told(url), url);
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'JavaScript:alert(1)//https://', 'file:///etc/passwd', 'example.org']) assert.ok(told(url), url);
});

test('a pattern of files has one reading', () => {
  const told = (files: string): boolean => 'problems' in checkYaml(`files: ${JSON.stringify(files)}\n`, 'queries/sources/x.yml', sourceSchema);
  for (const files of ['./data/a.csv', 'data//*.csv', 'data/{a,b}.csv', '{data,more}/{a,b}.v1.csv']) assert.ok(!told(files), files);
  for (const files of ['{./data,more}/a.csv', '{.,more}/a.csv', '{data/.,more}/a.csv', '{data//x,more}/a.csv', '{data/../x,more}/a.csv']) assert.ok(told(files), files);
});

test('a missing key is named, and so is a document that is no mapping', () => {
  assert.match(problems('team: a\n')[0]!, /^reports\/x\.yml:1:1: title: missing; expected a text$/);
  assert.match(problems('- 1\n')[0]!, /expected keys with values \(here: \[1\]\)/);
  assert.equal(problems('').length, 5);
});

test('a union answers for the branch that was meant', () => {
  assert.deepEqual(problems(`${GOOD}as_of: { colum: date }\n`), ['reports/x.yml:6:1: as_of.column: missing; expected a text', 'reports/x.yml:6:10: as_of.colum: unknown key "colum"; did you mean "column"?']);
});

test('values keep their text: dates, no and sexagesimals are not guessed at', () => {
  assert.deepEqual(readYaml('a: 2001-06-30\nb: no\nc: 1:30\n', 'x.yml').value, { a: '2001-06-30', b: 'no', c: '1:30' });
});

test('hostile YAML stays data', () => {
  for (const text of ['__proto__: { polluted: true }\n', 'constructor: 1\n', '"\\u202e": 1\n']) assert.equal(problems(GOOD + text).length, 1);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.ok('problems' in checkYaml('files: !!js/function "x"\n', 'queries/sources/x.yml', sourceSchema));
});

test('the nearest name is near, or there is none', () => {
  assert.equal(nearest('fromat', ['format', 'from']), 'format');
  assert.equal(nearest('xyzzy', ['format', 'target']), null);
});
