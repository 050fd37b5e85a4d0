import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { saysWaive, waiversIn } from '../../src/review/waive-lines.ts';

const WAIVE = 'waive rows sales/orders: the source lost a region';

test('lines of plain paragraphs waive, wherever in them they stand', () => {
  for (const body of [WAIVE, `Fine.\r\n${WAIVE}\r\n`, `  ${WAIVE}  \nSo do I.`, `# Looked at\n\n${WAIVE}\n\n> quoted`, `**Fine**\\\n${WAIVE}`, `<!-- by hand -->\n\n${WAIVE}`, `\`x\`\n${WAIVE}`]) {
    assert.deepEqual(waiversIn(body), { lines: [{ gate: 'rows', report: 'sales/orders', reason: 'the source lost a region' }], unread: [] }, JSON.stringify(body));
  }
  assert.deepEqual(waiversIn('waive code: see `a > b` and https://x.example').lines, [{ gate: 'code', report: null, reason: 'see `a > b` and https://x.example' }]);
  assert.deepEqual(waiversIn('waive everything: please\nWaive rows'), { lines: [], unread: ['waive everything: please', 'Waive rows'] });
});

test('what is quoted, listed, code, a heading or HTML waives nothing', () => {
  const bodies = [
    `> ${WAIVE}`, `LGTM\n> quoted\n${WAIVE}`, `> - quoted\n${WAIVE}`, `<!--\n${WAIVE}\n-->`, `Fine <!--\n${WAIVE}\n-->`, `<pre>\n${WAIVE}\n</pre>`, `<details><summary>ok</summary>\n\n${WAIVE}\n\n</details>`, `Fine <b>\n${WAIVE}\n</b>`,
    `    ${WAIVE}`, `\`\`\`\n${WAIVE}\n\`\`\``, `\`\`\`\nx\n\`\`\` y\n${WAIVE}\n\`\`\``, `~~~\n${WAIVE}`, `\`\`\n${WAIVE}\n\`\``, `**\`x\n${WAIVE}\`**`, `- ${WAIVE}`, `- item\n${WAIVE}`, `1. x\n\n   ${WAIVE}`, `${WAIVE}\n===`, `| a |\n| - |\n| ${WAIVE} |`, `[x]: y '\n${WAIVE}\n'`,
    `<!-- a --> <pre>\n\n${WAIVE}`, `x <!-- a\n${WAIVE} -->`,
  ];
  for (const body of bodies) assert.deepEqual(waiversIn(body), { lines: [], unread: [] }, JSON.stringify(body));
});

test('what is nested deeper than anybody reads waives nothing, and is no error', () => {
  assert.deepEqual(waiversIn(`${'> '.repeat(30_000)}waive rows: fine`), { lines: [], unread: [] });
});

test('waivers are whole lines, of known gates, with a reason; not what a review quotes or shows', () => {
  const { lines, unread } = waiversIn([
    'waive rows sales/orders: a region is gone', 'waive code: looked at it  ', 'Waive rows: x', 'waive rows sales/orders:', 'waive rows Sales/Orders: x', 'waive nothing: x', 'waive rows sales/orders : x',
    '> waive rows quoted: x', ' waive rows indented: x', 'please waive rows this: x', 'waived rows: x', '```', 'waive rows shown: x', '```', '~~~text', '```', 'waive rows shown: x', '~~~', 'waive key a: b: \u202E@c',
  ].join('\r\n'));
  assert.deepEqual(lines, [
    { gate: 'rows', report: 'sales/orders', reason: 'a region is gone' },
    { gate: 'code', report: null, reason: 'looked at it' },
    { gate: 'key', report: 'a', reason: 'b: \u{fffd}@c' },
  ]);
  assert.deepEqual(unread, ['Waive rows: x', 'waive rows sales/orders:', 'waive rows Sales/Orders: x', 'waive nothing: x', 'waive rows sales/orders : x']);
});

test('no text waives anything but by such a line', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom('waive', ' ', 'rows', 'code', 'a/b', ':', 'x', '\n', '> ', '```', '<!-- ', '*')), (parts) => {
    const body = parts.join('');
    const possible = body.split('\n').filter((line) => /^ *waive (rows|code)( (x|rows|code|waive|a\/b)+)?: \S/.test(line)).length;
    assert.ok(waiversIn(body).lines.length <= possible, body);
  }));
});

test('whether a review has such a line is told fast, of texts that are as long as the host takes', () => {
  for (const body of [WAIVE, `x\r\n \u00a0${WAIVE}`, 'Waive it', `> x\n${WAIVE}`]) assert.ok(saysWaive(body), JSON.stringify(body));
  for (const body of ['', 'I waive nothing', 'waiver: x', '> waive rows: x']) assert.ok(!saysWaive(body), JSON.stringify(body));
  const began = performance.now();
  for (const space of ['\n', ' ', '\r', '\u2028', '\u00a0']) assert.ok(!saysWaive(`x${space.repeat(65_000)}x`));
  assert.ok(performance.now() - began < 1500);
});
