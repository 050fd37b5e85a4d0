import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { definitionFile, lineCounts, type HistoryFile } from '../../src/analysis/audit/definition.ts';
import { keyDifference } from '../../src/analysis/audit/keys.ts';
import { placeInTime, pullOf, type HistoryCommit } from '../../src/analysis/audit/audit.ts';
import { fileLines } from '../../src/present/audit/definitions.ts';

const CHANGES: { name: string; before: string; after: string; told: string[] }[] = [
  { name: 'a value', before: 'schedule: { cron: "0 6 * * *" }', after: 'schedule: { cron: "0 7 * * *" }', told: ['schedule.cron: 0 6 * * * → 0 7 * * *'] },
  { name: 'keys that came and went', before: 'a: 1\nb: 2', after: 'b: 2\nc: [1, x]', told: ['a: 1 → null', 'c: null → [1,"x"]'] },
  { name: 'order, quotes and comments are no change', before: 'a: 1\nb: x # y', after: '# z\nb: "x"\na: 1', told: [] },
  { name: 'a number and its text are two things', before: 'a: 1', after: 'a: "1"', told: ['a: 1 → "1"'] },
  { name: 'a list of texts is one value', before: 'key: [date]', after: 'key: [date, origin]', told: ['key: ["date"] → ["date","origin"]'] },
  { name: 'an item of a list that grew', before: 'checks: [{ column: a }]', after: 'checks: [{ column: b }, { column: a }]', told: ['checks: null → {"column":"b"}'] },
  { name: 'an item where it stood', before: 'checks: [{ column: a, min: 1 }]', after: 'checks: [{ column: a, min: 2 }]', told: ['checks.1.min: 1 → 2'] },
  { name: 'items in another order', before: 'checks: [{ rows: 1 }, { a: 1 }, { a: 1 }]', after: 'checks: [{ a: 1 }, { rows: 1 }]', told: ['checks: [{"rows":1},{"a":1},{"a":1}] → [{"a":1},{"rows":1}]'] },
  { name: 'keys of hostile names', before: '{}', after: '"a.b\\n": 1\n__proto__: { x: 1 }', told: ['"a.b\\n": null → 1', '__proto__: null → {"x":1}'] },
];

for (const { name, before, after, told } of CHANGES) {
  test(`keys: ${name}`, () => {
    assert.deepEqual(keyDifference(before, after)!.changes.map(({ key, before: was, after: is }) => `${key}: ${was} → ${is}`), told);
  });
}

test('keys: what stands for too much, or cannot be read, is not compared', () => {
  const laughs = Array.from({ length: 20 }, (_, index) => `a${index}: &a${index} [${index === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${index - 1}`).join(', ')}]`).join('\n');
  for (const bad of [laughs, '['.repeat(60_000), `${'['.repeat(200)}${']'.repeat(200)}`, 'a: [', '\u0000', 'a: 1\na: 2']) {
    assert.equal(keyDifference('a: 1', bad), null, bad.slice(0, 40));
    assert.equal(keyDifference(bad, 'a: 1'), null);
  }
});

test('keys: many changes are counted', () => {
  const keys = (value: number): string => Array.from({ length: 100 }, (_, index) => `k${index}: ${value}`).join('\n');
  const { changes, more } = keyDifference(keys(1), keys(2))!;
  assert.deepEqual([changes.length, more], [40, 60]);
});

test('lines: as few as possible', () => {
  const cases: [string, string, number, number][] = [
    ['', '', 0, 0], ['', 'a\n', 1, 0], ['a\nb\n', 'b\na\n', 1, 1], ['a\n', 'a', 0, 0], ['a\r\nb\r\n', 'a\nb\n', 0, 0], ['a\nb\nc\n', 'a\nx\nc\n', 1, 1], ['a\n\nb\n', 'a\nb\n', 0, 1],
  ];
  for (const [before, after, added, removed] of cases) assert.deepEqual(lineCounts(before, after), { added, removed }, JSON.stringify([before, after]));
});

test('lines: the counts agree with the lengths, both ways', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(fc.property(lines, lines, (a, b) => {
    const [before, after] = [a.map((line) => `${line}\n`).join(''), b.map((line) => `${line}\n`).join('')];
    const there = lineCounts(before, after);
    const back = lineCounts(after, before);
    assert.equal(there.added - there.removed, b.length - a.length);
    assert.deepEqual(there, { added: back.removed, removed: back.added });
    assert.equal(there.added + there.removed === 0, before === after);
  }), { seed: 7, numRuns: 300 });
});

const TEXTS = { texts: new Map<string, string | null>([['sql1', 'select 1'], ['sql2', 'SELECT  1 -- one'], ['sql3', 'select 2'], ['huge', null], ['yml1', 'title: A'], ['yml2', 'title: B'], ['json', '{"decision":"approved"}']]), normalSql: (sql: string) => sql.toLowerCase().replace(/--.*/g, '').split(/\s+/).join(' ').trim(), reportOfQuery: new Map([['queries/shared.sql', 'team/a']]) };
const file = (path: string, before: string | null, after: string | null, more: Partial<HistoryFile> = {}): HistoryFile => ({ path, from: null, status: before === null ? 'added' : after === null ? 'removed' : 'changed', before, after, ...more });

test('files: what they are, whose, and in words', () => {
  const words = (one: HistoryFile): string[] => fileLines(definitionFile(one, TEXTS));
  assert.deepEqual(words(file('queries/team/a.sql', 'sql1', 'sql2')), ['query changed: queries/team/a.sql (1 line added, 1 removed, only layout and comments differ)']);
  assert.deepEqual(words(file('queries/macros/m.sql', 'sql1', 'sql3')), ['macro changed: queries/macros/m.sql (1 line added, 1 removed)']);
  assert.deepEqual(words(file('reports/team/a.yml', 'yml1', 'yml2')), ['report changed: reports/team/a.yml', "  title: 'A' → 'B'"]);
  assert.deepEqual(words(file('reports/team/a.yml', null, 'yml1')), ["report added: reports/team/a.yml: 'A' (1 line)"]);
  assert.deepEqual(words(file('reports/team/b.yml', 'yml1', 'yml1', { from: 'reports/team/a.yml', status: 'renamed' })), ['report renamed: reports/team/a.yml → reports/team/b.yml (0 lines added, 0 removed)']);
  assert.deepEqual(words(file('reports/team/a.yml', 'yml1', 'yml1')), ['report changed: reports/team/a.yml (0 lines added, 0 removed, no value differs)']);
  assert.deepEqual(words(file('daybook.yml', 'yml1', 'huge')), ['settings changed: daybook.yml; too large to compare, or not here']);
  assert.deepEqual(words(file('reports/team/a.approvals/2001-06-30.v1.json', null, 'json')), ["approval added: reports/team/a.approvals/2001-06-30.v1.json: 'approved' (1 line)"]);
  assert.deepEqual(['queries/shared.sql', 'queries/team/b.sql', 'reports/team/c.md', 'queries/sources/s.yml', 'queries/macros/m.sql'].map((path) => definitionFile(file(path, null, 'sql1'), TEXTS).report), ['team/a', 'team/b', 'team/c', null, null]);
});

test('a pull request is read from what hosts write, and from nothing else', () => {
  const found = (subject: string, body = ''): number | null => pullOf({ subject, body });
  assert.equal(found('Merge pull request #12 from ada/flights'), 12);
  assert.equal(found('Count flights (#7)'), 7);
  assert.equal(found('Merged in flights (pull request #9)'), 9);
  assert.equal(found('Merge branch', 'x\n\nSee merge request team/daybook!31'), 31);
  for (const subject of ['Fix #12', '(#7) first', 'x (#0)', 'x (#1234567890)', 'x (#1e3)', 'Merge pull request #12 from ', 'x(#7)', 'x (#7) y']) assert.equal(found(subject), null, subject);
  assert.equal(found('x', 'See merge request team/daybook!31\nand more'), null);
});

test('a clock that lies keeps a commit in no period but its own', () => {
  const times = ['2001-06-01T06:00:00Z', '2001-06-02T06:00:00Z', '2001-06-03T06:00:00Z'];
  const at = (time: string, after: number): [string, string | undefined] => {
    const [placed] = placeInTime([{ time, after } as HistoryCommit], times, '2001-06-04T00:00:00Z');
    return [placed!.time, placed!.clock];
  };
  assert.deepEqual(at('2001-06-02T12:00:00Z', 2), ['2001-06-02T12:00:00Z', undefined]);
  assert.deepEqual(at('1970-01-01T00:00:00Z', 2), ['2001-06-02T06:00:00Z', '1970-01-01T00:00:00Z']);
  assert.deepEqual(at('2099-01-01T00:00:00Z', 2), ['2001-06-03T06:00:00Z', '2099-01-01T00:00:00Z']);
  assert.deepEqual(at('2099-01-01T00:00:00Z', 3), ['2001-06-04T00:00:00Z', '2099-01-01T00:00:00Z']);
  assert.deepEqual(at('1990-01-01T00:00:00Z', 0), ['1990-01-01T00:00:00Z', undefined]);
  assert.deepEqual(at('2001-06-03T06:05:00Z', 2), ['2001-06-03T06:00:00Z', undefined], 'a few minutes are no lie');
});
