import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import sharp from 'sharp';
import type { ReportCard } from '../../src/analysis/facts/facts.ts';
import { createLettering } from '../../src/present/lettering.ts';
import { PREVIEW, previewSvg } from '../../src/present/preview.ts';

function font(weight: number, script: string): Uint8Array {
  return readFileSync(fileURLToPath(import.meta.resolve(`@fontsource/public-sans/files/public-sans-${script}-${weight}-normal.woff2`)));
}

const letters = createLettering({ regular: [font(400, 'latin'), font(400, 'latin-ext')], bold: [font(600, 'latin'), font(600, 'latin-ext')] });
const style = { size: 100, weight: 'bold', fill: '#000000' } as const;

function card(more: Partial<ReportCard> = {}): ReportCard {
  const series = [1, 3, 2].map((value, index) => ({ period: `2001-06-${28 + index}`, value }));
  return {
    id: 'a/b', title: 'US flights by day', team: 'a', description: '', status: 'current', asOf: '2001-06-30', nextDue: null, timezone: 'UTC', failure: null, local: false, snapshots: 1,
    metrics: [{
      name: 'm', label: 'Flights', format: ',d', unit: 'flights', better: 'higher', target: null, description: null, step: 'day', series,
      headline: { period: '2001-06-30', value: 2, text: '2' },
      changes: { previous: { kind: 'down', from: series[1]!, difference: -1, ratio: -1 / 3, meaning: 'worse' }, days7: { kind: 'incomparable', reason: 'no-earlier' }, days30: { kind: 'incomparable', reason: 'no-earlier' } },
    }],
    ...more,
  };
}

test('a preview is outlines: no font, style, script or other file', () => {
  const svg = previewSvg(card({ title: 'Łódź & <script>alert(1)</script>' }), { title: 'Daybook' }, letters);
  assert.doesNotMatch(svg, /<text|<style|<script|href|NaN|undefined/);
});

test('a preview has something to see at its size', async () => {
  const { data, info } = await sharp(Buffer.from(previewSvg(card(), { title: 'Daybook' }, letters))).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [PREVIEW.width, PREVIEW.height]);
  const dark = data.reduce((sum, value, index) => sum + (index % 3 === 0 && value < 128 ? 1 : 0), 0);
  assert.ok(dark > 5_000 && dark < 200_000, String(dark));
});

test('text of a script that the fonts lack is left to the machine, escaped', () => {
  assert.equal(letters.line('日<本', 0, 0, style), '<text x="0" y="0" font-family="sans-serif" font-size="100" font-weight="600" fill="#000000">日&lt;本</text>');
});

test('long text is wrapped, and cut with an ellipsis where lines run out', () => {
  const text = 'Departures, cancellations and diversions of domestic scheduled passenger services by marketing carrier and origin region';
  const lines = letters.wrap(text, 1056, 2, { size: 50, weight: 'bold' });
  assert.equal(lines.length, 2);
  assert.match(lines[1]!, /…$/);
  for (const line of lines) assert.ok(letters.width(line, { size: 50, weight: 'bold' }) <= 1056);
  assert.deepEqual(letters.wrap('Bug', 1056, 2, style), ['Bug']);
  assert.match(letters.wrap('x'.repeat(300), 500, 1, style)[0]!, /^x+…$/);
});

test('a unit, a site’s title and a value of any length are drawn in a moment', () => {
  const [metric] = card().metrics;
  for (const long of ['W'.repeat(300_000), '😀'.repeat(100_000), '\u0301'.repeat(100_000)]) {
    const svg = previewSvg(card({ metrics: [{ ...metric!, label: long, unit: long, headline: { period: null, value: 1, text: long } }], title: long }), { title: long }, letters);
    assert.ok(svg.length < 1_000_000, `${svg.length} characters`);
  }
});

test('every state of a report has a preview', () => {
  const [metric] = card().metrics;
  const none = { kind: 'incomparable', reason: 'no-value' } as const;
  for (const more of [{ metrics: [], asOf: null }, { metrics: [{ ...metric!, headline: null, series: [], changes: { previous: none, days7: none, days30: none } }] }, { metrics: [{ ...metric!, headline: { period: null, value: 1e30, text: '1234567890.12' } }] }]) {
    assert.doesNotMatch(previewSvg(card(more), { title: '' }, letters), /NaN|undefined|Infinity/);
  }
});

test('a text of any length is cut in no time', () => {
  const began = performance.now();
  for (const text of ['w'.repeat(30_000), 'word '.repeat(6_000)]) {
    const [line, ...others] = letters.wrap(text, 1000, 1, { size: 30, weight: 'regular' });
    assert.ok(others.length === 0 && line!.length < 200 && line!.endsWith('…'), line);
  }
  assert.ok(performance.now() - began < 2000);
});
