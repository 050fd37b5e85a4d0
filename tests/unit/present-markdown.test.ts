import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { renderMarkdown } from '../../src/present/markdown.ts';

test('a narrative keeps its formatting, headings below the page’s own', () => {
  const html = renderMarkdown('# Up\n\n**Held** near [target](https://example.org/a).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n');
  assert.match(html, /<h3>Up<\/h3>/);
  assert.match(html, /<strong>Held<\/strong>/);
  assert.match(html, /<a href="https:\/\/example\.org\/a" rel="noopener nofollow">target<\/a>/);
  assert.match(html, /<li>one<\/li>/);
  assert.match(html, /<th scope="col">a<\/th>/);
});

const HOSTILE = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '![i](https://example.org/i.png)', '[x](javascript:alert(1))', '[x](JaVaScRiPt&colon;alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)', '[x](//example.org/a)', '<a href="vbscript:x">x</a>', '<iframe src="https://example.org"></iframe>', '<svg onload=alert(1)><a xlink:href="javascript:x">y</a></svg>',
  '<h1 id="content" class="card" style="position:fixed">x</h1>', '<form action="https://example.org"><input name=q></form>', '<style>body{display:none}</style>', '<math><mi xlink:href="javascript:x">y</mi></math>',
  '<base href="https://example.org">', '<meta http-equiv="refresh" content="0;url=https://example.org">', '<b onclick="alert(1)">x</b>', '<object data="x"></object>', '<template><script>alert(1)</script></template>', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
];

const ALLOWED_ATTRIBUTES = new Set(['href', 'rel', 'start', 'scope', 'tabindex']);

function refuseHostile(html: string): void {
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  for (const element of document.body.querySelectorAll('*')) {
    assert.match(element.tagName, /^(H[3-6]|P|UL|OL|LI|BLOCKQUOTE|PRE|CODE|EM|STRONG|DEL|A|BR|HR|TABLE|THEAD|TBODY|TR|TH|TD|SUP|SUB)$/i, html);
    for (const { name, value } of element.attributes) {
      assert.ok(ALLOWED_ATTRIBUTES.has(name), `${name} in ${html}`);
      if (name === 'href') assert.match(value, /^(https?:|mailto:|#|\/(?!\/)|[^:/]*$|[^:/]*\/)/i, html);
    }
  }
}

for (const text of HOSTILE) test(`neutralised: ${text}`, () => refuseHostile(renderMarkdown(text)));

test('no mixture of hostile parts and Markdown gets through', () => {
  const part = fc.oneof(fc.constantFrom(...HOSTILE, '`', '```\n', '\n\n', '> ', '# ', '[', '](', ')', '<', '>', '"', '&lt;', '&#60;script&#62;', '</p>', '<!--', '-->'), fc.string({ maxLength: 6 }));
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => refuseHostile(renderMarkdown(parts.join('')))), { seed: 2, numRuns: 300 });
});

test('a narrative that is nested too deep to be read stands as it is written, and ends no build', () => {
  for (const text of [`${'> '.repeat(30_000)}<b>deep</b> & low`, `${'- '.repeat(10_000)}<b>deep</b> & low`]) {
    const html = renderMarkdown(text);
    assert.match(html, /^<pre><code>.*&lt;b&gt;deep&lt;\/b&gt; &amp; low<\/code><\/pre>$/s);
    refuseHostile(html);
  }
});

test('a text that the parser would look through again and again stands as it is written, and a long one of a person is drawn', () => {
  const began = performance.now();
  for (const text of ['a_'.repeat(250_000), '*'.repeat(100_000), '1. '.repeat(100_000), 'a_b\n'.repeat(100_000), 'a_ b\n\n'.repeat(100_000)]) {
    assert.ok(renderMarkdown(`# <b>\n\n${text}`).startsWith('<pre><code># &lt;b&gt;\n\n'), text.slice(0, 9));
  }
  assert.ok(performance.now() - began < 5_000);
  assert.match(renderMarkdown(`# Long\n\n${`${'A sentence of *some* words. '.repeat(60)}\n\n`.repeat(50)}`), /^<h3>Long<\/h3>/);
});
