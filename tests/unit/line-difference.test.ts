import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstChangedLine, lineDifference } from '../../src/analysis/sql/line-difference.ts';

const between = (base: string, head: string): string[] => lineDifference({ file: 'a.sql', text: base }, { file: 'b.sql', text: head });

test('lines are removed and added with three around', () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  const changed = lines.with(9, 'ten').toSpliced(24, 1);
  assert.deepEqual(between(`${lines.join('\n')}\n`, changed.join('\n')), [
    '--- a.sql', '+++ b.sql',
    '@@ -7,7 +7,7 @@', ' line 7', ' line 8', ' line 9', '-line 10', '+ten', ' line 11', ' line 12', ' line 13',
    '@@ -22,7 +22,6 @@', ' line 22', ' line 23', ' line 24', '-line 25', ' line 26', ' line 27', ' line 28',
  ]);
  assert.deepEqual(between('', 'one\ntwo\n'), ['--- a.sql', '+++ b.sql', '@@ -0,0 +1,2 @@', '+one', '+two']);
  assert.deepEqual(between('one\n', 'one'), []);
});

test('a difference, applied, gives the other text, and is as short as it can be', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 14 });
  fc.assert(fc.property(text, text, (base, head) => {
    const lines = between(base.join('\n'), head.join('\n'));
    const result: string[] = [];
    let at = 0;
    for (const line of lines.slice(2)) {
      const from = /^@@ -(\d+),(\d+)/.exec(line);
      if (from) {
        const start = Number(from[1]) - (from[2] === '0' ? 0 : 1);
        result.push(...base.slice(at, start));
        at = start;
      } else {
        if (line[0] !== '+') assert.equal(base[at++], line.slice(1));
        if (line[0] !== '-') result.push(line.slice(1));
      }
    }
    assert.deepEqual([...result, ...base.slice(at)], head);
    const edits = lines.slice(2).filter((line) => /^[+-]/.test(line)).length;
    assert.equal(edits, base.length + head.length - 2 * common(base, head));
  }));
});

/** The length of the longest common subsequence. */
function common(a: string[], b: string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0));
  for (let i = 1; i <= a.length; i++) for (let j = 1; j <= b.length; j++) table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
  return table[a.length]![b.length]!;
}

test('the first line that differs is one that the head has', () => {
  const cases: [string, string, number | null][] = [['a\nb\nc\n', 'a\nx\nc\n', 2], ['a\nb\nc\n', 'a\nc\n', 2], ['a\nb\n', 'a\n', 1], ['a\n', 'a\nb\n', 2], ['', 'a\n', 1], ['a\n', 'a', null], ['a\n', '', null]];
  for (const [base, head, line] of cases) assert.equal(firstChangedLine(base, head), line, JSON.stringify([base, head]));
});

test('what is too long or too different is bounded', () => {
  const many = (prefix: string, count: number): string => Array.from({ length: count }, (_, index) => `${prefix}${index}`).join('\n');
  assert.deepEqual(between(many('a', 5_001), 'b'), ['--- a.sql', '+++ b.sql', '@@ 5001 and 1 lines: too long to be shown @@']);
  const replaced = between(many('a', 4_000), many('b', 4_000));
  assert.equal(replaced.length, 8_003);
  assert.deepEqual([replaced[3], replaced.at(-1)], ['-a0', '+b3999']);
  assert.equal(between('x'.repeat(10_000), 'y')[3]!.length, 2_001);
});
