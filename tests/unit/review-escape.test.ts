import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Marked, type Token } from 'marked';
import type { Review } from '../../src/analysis/review/review.ts';
import { reviewText } from '../../src/present/review/text.ts';
import { codeCell } from '../../src/review/markdown.ts';
import { reviewMarkdown } from '../../src/review/review-markdown.ts';
import { openEngine } from './compare-fixture.ts';
import { reportOf, reviewOf } from './review-fixture.ts';
import { goldenReview } from './review-golden.ts';

/* Texts of others stay texts, in each medium. */

const engine = await openEngine();
after(() => engine.close());
const review = await goldenReview(engine);
const markdown = new Marked({ gfm: true });
const LINKS = { review: 'https://example.org/preview/7/review/', run: 'https://github.com/example/numbers/actions/runs/7' };

/** Every text of others carries the sign, so that one that gets out of its code is found. */
const SIGN = 'Q9Z';
const MARKUP = ['`', '```', '|', '\\', '\\|', '\\\\|', '\n', '\r\n', '\n\n', '<', '>', '<script>', '</details>', '<!--', '-->', '&lt;', '@octocat', '#1', 'GH-1', 'a'.repeat(40), '[x](http://x)', '![x](http://x)', 'https://x.example', '**', '_', '~~', '# ', '- ', '1. ', '    ', '$', '\u202e', '\u2028', '\u0000', '\u001b[31m', '::error::', ':tada:', '---', '| --- |', '[^1]', '[x]: http://x', ' '];
const hostile = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...MARKUP) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) }), { maxLength: 12 }).map((parts) => `${parts.slice(0, 6).join('')}${SIGN}${parts.slice(6).join('')}`);

/** Keys whose values are one of a few words of ours. */
const WORDS = new Set(['kind', 'gate', 'level', 'status', 'verdict', 'change', 'mode', 'comparing', 'better', 'readBy', 'format', 'classes', 'property']);
const fill = (value: unknown, texts: () => string, key = ''): unknown => {
  if (typeof value === 'string') return WORDS.has(key) ? value : texts();
  if (Array.isArray(value)) return value.map((one) => fill(one, texts, key));
  return value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, texts, name)])) : value;
};
/** A review as the golden one, all of whose texts are hostile. */
const hostileReview = fc.array(hostile, { minLength: 20, maxLength: 60 }).map((texts): Review => {
  let next = 0;
  return fill(review, () => texts[next++ % texts.length]!) as Review;
});

/** What the renderer writes itself, with foreign text in code. */
const OWN_HTML = /^<details>\n<summary><b>(Pass|Review|Incomplete|Block)<\/b> <code>[^<>\n]*<\/code> \((new|removed|changed|words only)\): <code>[^<>\n]*<\/code><\/summary>\s*$|^<\/details>\s*$/;

function outsideCode(tokens: readonly Token[]): void {
  void markdown.walkTokens([...tokens], (token) => {
    assert.ok(!['link', 'image', 'heading', 'blockquote', 'hr', 'def', 'em', 'del', 'escape', 'br'].includes(token.type), `${token.type}: ${token.raw}`);
    if (token.type === 'html') assert.match(token.raw, OWN_HTML);
    else if (token.type === 'text' && !('tokens' in token && token.tokens)) assert.ok(!token.raw.includes(SIGN), `outside code: ${token.raw}`);
    if (token.type === 'strong') assert.ok(!token.text.includes(SIGN), token.raw);
  });
}

test('no text of others gets out of its code: no link, mention, markup or HTML', () => {
  fc.assert(fc.property(hostileReview, (one) => {
    const text = reviewMarkdown(one);
    assert.ok(text.length <= 60_000);
    assert.doesNotMatch(text, /(?!\n)\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]/u);
    outsideCode(markdown.lexer(text));
    for (const terminal of [reviewText(one), reviewText(one, 80)]) {
      assert.doesNotMatch(terminal, /(?!\n)\p{Cc}|\p{Bidi_Control}/u);
      for (const line of terminal.split('\n')) assert.doesNotMatch(line, /^\s*::/);
    }
  }), { numRuns: 60 });
});

test('a cell of a table holds any text, and ends where it should', () => {
  fc.assert(fc.property(hostile, hostile, (one, two) => {
    const [table, ...rest] = markdown.lexer(`| a | b |\n| --- | --- |\n| ${codeCell(one)} | ${codeCell(two)} |\n`).filter(({ type }) => type !== 'space');
    assert.equal(rest.length, 0);
    assert.ok(table?.type === 'table');
    assert.equal(table['rows'].length, 1);
    const cells = (table['rows'] as { tokens: Token[] }[][])[0]!;
    assert.equal(cells.length, 2);
    // A gap stands only before a pipe that an odd number of backslashes is in front of.
    const bare = (text: string): string => text.replaceAll(/\s/g, '');
    for (const [index, text] of [one, two].entries()) {
      for (const token of cells[index]!.tokens) assert.ok(token.type === 'codespan' || token.raw === ' ', token.raw);
      const shown = cells[index]!.tokens.map((token) => (token as { text: string }).text).join('');
      const flat = text.replaceAll(/[^\p{L}\p{N}\p{P}\p{Sm}\p{Sc}\p{Sk}]/gu, '');
      assert.equal(bare(shown).replaceAll(/[^\p{L}\p{N}\p{P}\p{Sm}\p{Sc}\p{Sk}]/gu, ''), flat);
    }
  }), { numRuns: 500 });
  assert.equal(codeCell('a|b'), '`a\\|b`');
  assert.equal(codeCell('a\\|b'), '`a\\` `\\|b`');
});

test('a comment stays under its length, and says what has no room', () => {
  const wide = fill(review.reports[0], () => 'x|`'.repeat(300)) as Review['reports'][number];
  const sql = { classes: [], lines: Array.from({ length: 5_000 }, () => `+${'y'.repeat(400)}`) };
  for (const many of [1, 3, 40, 500]) {
    const reports = Array.from({ length: many }, (_, index) => ({ ...wide, report: `team/${'r'.repeat(60)}-${index}`, sql }));
    const text = reviewMarkdown(reviewOf(reports, { verdict: 'block', problems: Array.from({ length: 500 }, () => ({ report: null, code: 'c'.repeat(9_000), message: '`'.repeat(9_000), remedy: '', file: 'f'.repeat(9_000), line: 1, column: 1 })), omitted: Array.from({ length: 30 }, () => '`'.repeat(2_000)), gates: wide.gates }));
    assert.ok(text.length <= 60_000, `${many} reports: ${text.length}`);
    if (many > 3) assert.match(text, /The details of [\d,]+ more reports have no room here\./);
    assert.equal(text.split('<details>').length, text.split('</details>').length);
  }
});

test('links lead where whoever posts says, and only to the web', () => {
  const linked = (links: Parameters<typeof reviewMarkdown>[1]): string => reviewMarkdown(reviewOf([reportOf()]), links);
  assert.match(linked({ links: LINKS }), /\[`sales\/orders`\]\(https:\/\/example\.org\/preview\/7\/review\/sales\/orders\/\)/);
  for (const address of ['javascript:alert(1)', 'https://x.example/) [y](https://z.example', 'https://x.example/a b']) assert.doesNotMatch(linked({ links: { review: address, run: address } }), /\]\(/);
  const id = '../../x](http://y)';
  assert.ok(!reviewMarkdown(reviewOf([reportOf({ report: id })]), { links: LINKS }).includes(`${LINKS.review}..`));
});
