import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DaybookError, describe, oneLine, sentence, truncate, visible, whatOf } from '../../src/error.ts';
import { serialise } from '../../src/snapshot/canonical.ts';

test('an error names its place and what to do; lines that it quotes stand behind a bar', () => {
  const error = new DaybookError('query-syntax', 'syntax error at or near "day"\n\n::error::group day\n      ^', { file: 'queries/a.sql', line: 5, column: 7 });
  assert.equal(describe(error), 'queries/a.sql:5:7: syntax error at or near "day"\n  |\n  | ::error::group day\n  |       ^\n  → Correct the SQL at the caret. [query-syntax]');
});

test('text of others ends as one sentence does: once', () => {
  const all = { 'no such column': 'no such column.', 'WHERE clause cannot contain aggregates!': 'WHERE clause cannot contain aggregates!', 'Did you mean "day"?': 'Did you mean "day"?', 'It said so.\n': 'It said so.', 'Candidates:': 'Candidates:', 'cut…': 'cut…', '没有。': '没有。', 'near "a."': 'near "a.".', '': '' };
  for (const [text, said] of Object.entries(all)) assert.equal(sentence(text), said);
  const root = path.resolve(import.meta.dirname, '../..');
  const byHand = globSync('{src,scripts}/**/*.{ts,astro}', { cwd: root }).filter((file) => /(?<!code\(.*)message[^`{}]*\}\.[\s`'<]/.test(readFileSync(path.join(root, file), 'utf8')));
  assert.deepEqual(byHand, [], 'a stop behind a message is `sentence`');
});

test('what went wrong names the key that it is about, once', () => {
  const said = (what: string, key?: string): string => whatOf(new DaybookError('wrong-value', what, { key }));
  assert.equal(said('missing; expected a text', 'title'), 'title: missing; expected a text');
  assert.equal(said('missing; expected a text', 'as_of.column'), 'as_of.column: missing; expected a text');
  assert.equal(said('unknown key "titel"; did you mean "title"?', 'titel'), 'unknown key "titel"; did you mean "title"?');
  assert.equal(said('it is broken'), 'it is broken');
  assert.equal(whatOf(new DaybookError('source-unknown', 'there is no source "other"', { key: 'sources.0' })), 'there is no source "other"');
});

test('no line of an error is a command of the CI system', () => {
  for (const what of ['::set-output name=a::b', ' ::add-mask::x', 'one\n::add-mask::x', 'one\r\n\t::add-mask::x', 'no column "##[add-mask]x"']) {
    for (const error of [new DaybookError('git-failed', what), new DaybookError('git-failed', 'x', { file: what }), new DaybookError('git-failed', 'x', {}, what)]) {
      // The runner looks for its older commands anywhere in a line.
      for (const line of describe(error).split('\n')) assert.doesNotMatch(line, /^\s*::|##\[/);
    }
  }
});

test('control characters are seen and do nothing', () => {
  const text = visible('red \u{1b}[31m, bell \u{7}, back \r, delete \u{7f}, next line \u{85}, turned \u{202e}round\u{2069}\ttab\nline');
  assert.equal(text, 'red ␛[31m, bell ␇, back ␍, delete ␡, next line �, turned �round�\ttab\nline');
  const error = new DaybookError('query-failed', 'no column "\u{1b}]0;title\u{7}"', { file: 'queries/\u{202e}a.sql' }, 'Say \u{1b}c.');
  for (const said of [describe(error), oneLine(error)]) assert.doesNotMatch(said, /(?!\n)\p{Cc}|\p{Bidi_Control}/u);
});

test('no text ends in half a character: what is kept of an error can be kept', () => {
  for (const length of [430, 431]) {
    const message = oneLine(new DaybookError('query-failed', `${'x'.repeat(length)}${'😀'.repeat(80)}`, { file: 'queries/a.sql' }));
    assert.ok(message.length <= 500 && message.endsWith('😀…'), message.slice(-5));
    assert.ok(serialise({ message }).includes(message));
  }
  assert.deepEqual([truncate('abc', 3), truncate('abcd', 3), truncate('a😀c', 3), truncate('😀😀', 4)], ['abc', 'ab…', 'a…', '😀😀']);
  assert.equal(visible('half \ud83d, half \ude00, whole \ud83d\ude00'), 'half �, half �, whole 😀');
});
