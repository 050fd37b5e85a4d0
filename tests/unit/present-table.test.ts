import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnFacts } from '../../src/analysis/facts/facts.ts';
import { escapeHtml, mailTo } from '../../src/present/html.ts';
import { formatCell, tableBody, wordsBody } from '../../src/present/table.ts';

function column(kind: ColumnFacts['kind'], more: Partial<ColumnFacts> = {}): ColumnFacts {
  return { name: 'c', type: 'X', label: 'C', kind, format: null, unit: null, key: false, ...more };
}

test('cells are shown by their column’s kind, and nothing missing looks like a value', () => {
  const shown = (text: string | null, kind: ColumnFacts['kind'], format: string | null = null): string => formatCell(text, { kind, format }).text;
  assert.equal(shown(null, 'number', ',d'), 'no value');
  assert.equal(shown('', 'text'), 'empty text');
  assert.equal(shown('2001', 'number'), '2001');
  assert.equal(shown('-12.5', 'number'), '\u221212.5');
  assert.equal(shown('NaN', 'number'), 'not a number');
  assert.equal(shown('-Infinity', 'number', ',d'), 'minus infinity');
  assert.equal(shown('9007199254740993', 'number', ',d'), '9,007,199,254,740,993');
  assert.equal(shown('2001-06-30T14:00:00Z', 'time'), '2001-06-30 14:00');
  assert.equal(shown('2001-06-30 14:00:07', 'time'), '2001-06-30 14:00:07');
  assert.equal(shown('true', 'boolean'), 'yes');
  assert.equal(shown('[1,2]', 'nested'), '[1,2]');
});

test('the first key column heads its row', () => {
  const html = tableBody([column('number'), column('text', { key: true })], [['1', 'a'], [null, '']]);
  assert.equal(html, '<tr><td class="number">1</td><th scope="row" dir="auto">a</th></tr><tr><td class="number missing">no value</td><th scope="row" class="missing">empty text</th></tr>');
});

test('every cell is escaped', () => {
  const hostile = '<script>"\'&\u0000';
  const escaped = '&lt;script&gt;&quot;&#39;&amp;';
  assert.equal(escapeHtml(hostile), escaped);
  assert.equal(tableBody([column('text')], [[hostile]]), `<tr><td dir="auto">${escaped}</td></tr>`);
  assert.equal(wordsBody([[hostile, hostile]]), `<tr><th scope="row" dir="auto">${escaped}</th><td class="number">${escaped}</td></tr>`);
});

test('doubles without a format are shortened for reading, and no two of a column look alike', () => {
  const cells = (type: string, texts: (string | null)[], format: string | null = null): string[] => [...tableBody([column('number', { type, format })], texts.map((text) => [text])).matchAll(/<td[^>]*>([^<]*)</g)].map(([, text]) => text!);
  assert.deepEqual(cells('DOUBLE', ['0.30000000000000004', '1234567.891', '-2.0000000000000004e-9', '12', null]), ['0.3', '1234567.89', '\u22122e-9', '12', 'no value']);
  assert.deepEqual(cells('DOUBLE', ['0.30000000000000004', '0.3', '0.123456789', '0.123456781']), ['0.30000000000000004', '0.3', '0.12345679', '0.12345678']);
  assert.deepEqual(cells('DECIMAL(18,17)', ['0.30000000000000004']), ['0.30000000000000004'], 'a decimal has the digits that somebody gave it');
  assert.deepEqual(cells('DOUBLE', ['0.30000000000000004'], '.2f'), ['0.30']);
});

test('an owner’s address is a link that says to whom, and no more', () => {
  assert.equal(mailTo('sales+eu@example.org'), 'mailto:sales+eu@example.org');
  for (const owner of ['@team/sales', 'Ann', '', 'a@b@c', 'ann@example.org?bcc=eve@evil.example', 'ann@example.org?subject=x&body=y', 'ann@example.org,eve%40evil.example', 'ann%0Abcc:eve@example.org']) assert.equal(mailTo(owner), null, owner);
});
