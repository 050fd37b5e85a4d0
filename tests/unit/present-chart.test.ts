import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import type { ChartFacts } from '../../src/analysis/facts/facts.ts';
import { chartSvg } from '../../src/present/chart/chart.ts';
import { FRAMES } from '../../src/present/chart/frame.ts';
import { chartSentences, chartTable } from '../../src/present/chart/words.ts';
import { niceScale } from '../../src/present/chart/scale.ts';
import { linePath, sparkline } from '../../src/present/chart/sparkline.ts';
import { thin } from '../../src/present/chart/thin.ts';

function line(values: (number | null)[], more: Partial<ChartFacts> = {}): ChartFacts {
  const points = values.map((y, index) => ({ x: new Date(Date.UTC(2001, 5, 1 + index)).toISOString().slice(0, 10), y }));
  return { type: 'line', title: 'On time', x: { label: 'day', kind: 'time' }, y: { label: 'On time', format: '.1%', unit: null, target: null }, series: [{ name: null, points }], omitted: 0, ...more };
}

function bars(points: { x: string; y: number | null }[], more: Partial<ChartFacts> = {}): ChartFacts {
  return line([], { type: 'bar', x: { label: 'Airport', kind: 'category' }, y: { label: 'Flights', format: ',d', unit: null, target: null }, series: [{ name: null, points }], ...more });
}

/** As a build has it. */
const { document: BUILD } = parseHTML('<!doctype html><html><body></body></html>');
const HOSTILE = '</text><script>alert(1)</script><a href="javascript:x" style="x" onclick="x">';

function svgOf(chart: ChartFacts, frame: keyof typeof FRAMES = 'wide'): SVGElement {
  const { document } = parseHTML(`<body>${chartSvg(chart, FRAMES[frame], 'a b', BUILD)}</body>`);
  return document.querySelector('svg')!;
}

test('a label has all digits and words that it was given: what shortens a drawing is not for texts', () => {
  const labels = (chart: ChartFacts): string[] => [...svgOf(chart).querySelectorAll('text, tspan')].map(({ textContent }) => textContent ?? '');
  const points = [{ x: 'release 1.23456', y: 0.03459 }, { x: 'a aria-label="', y: 2.34567 }, { x: 'b class="plot-x"', y: 1 }];
  const drawn = labels(bars(points, { y: { label: 'Rate', format: '.5f', unit: null, target: 0.00256 } }));
  for (const text of ['0.03459', '2.34567', 'target 0.00256', ...points.map(({ x }) => x)]) assert.ok(drawn.includes(text), `${text}: ${drawn.join('; ')}`);
  assert.ok(labels(line([0.1, 0.2], { y: { label: 'Rate', format: '.5f', unit: null, target: 0.12345 } })).includes('target 0.12345'));
});

test('a chart needs no inline style and says what labels it', () => {
  for (const frame of ['wide', 'narrow'] as const) {
    const text = chartSvg(line([0.7, 0.8]), FRAMES[frame], 'a b', BUILD);
    assert.doesNotMatch(text, /<style|style=|class="plot/);
    assert.match(text, new RegExp(`^<svg class="chart-svg ${frame}" role="img" aria-labelledby="a b"`));
  }
});

test('missing values part a line, and one between two gaps is a dot', () => {
  const pieces = (values: (number | null)[]): number => {
    const drawn = svgOf(line(values)).querySelector('path[stroke^="var(--series"], g[stroke^="var(--series"] path')!;
    return drawn.getAttribute('d')!.split('M').length - 1;
  };
  assert.equal(pieces([1, 2, 3]), 1);
  assert.equal(pieces([1, 2, null, 4, null, 6, 7]), 3);
  assert.equal(svgOf(line([1, 2, null, 4, null, 6, 7])).querySelectorAll('circle').length, 2, 'the value between two gaps, and the last one');
});

test('the latest value and the target stand in words in the drawing', () => {
  const text = svgOf(line([0.7, 0.75, 0.812], { y: { label: 'On time', format: '.1%', unit: null, target: 0.8 } })).textContent;
  assert.match(text, /81\.2%/);
  assert.match(text, /target 80\.0%/);
});

test('several lines are named at their ends, none over another', () => {
  const series = ['Alpha', 'Beta', 'Gamma', 'Delta'].map((name) => ({ name, points: line([1, 1.001]).series[0]!.points }));
  const labels = [...svgOf(line([], { series })).querySelectorAll('.end-label text')];
  assert.deepEqual(labels.map((label) => label.textContent).sort(), ['Alpha', 'Beta', 'Delta', 'Gamma']);
  const heights = labels.map((label) => Number(/,([\d.-]+)\)/.exec(label.getAttribute('transform')!)![1])).sort((a, b) => a - b);
  heights.slice(1).forEach((y, index) => assert.ok(y - heights[index]! >= 14, heights.join()));
});

test('names that shorten alike stay rows of their own', () => {
  const long = 'A name far too long for any axis, number ';
  const labels = [...svgOf(bars([{ x: `${long}1`, y: 3 }, { x: `${long}2`, y: 5 }]), 'narrow').querySelectorAll('.row-label text')];
  assert.deepEqual(labels.map((label) => label.textContent), ['A name far too …', 'A name far too …']);
  assert.equal(new Set(labels.map((label) => label.getAttribute('transform'))).size, 2);
});

test('which side a bar is of stays to be read behind a long name', () => {
  const points = [{ x: 'A name far too long for any axis', y: 3 }];
  const chart = bars([], { series: ['After', 'Before'].map((name) => ({ name, points })) });
  for (const [frame, labels] of [['narrow', ['A name fa… · After', 'A name fa… · Before']], ['wide', ['A name far too long f… · After', 'A name far too long f… · Before']]] as const) {
    assert.deepEqual([...svgOf(chart, frame).querySelectorAll('.row-label text')].map((label) => label.textContent).sort(), labels);
  }
});

test('text from data stays text in a drawing', () => {
  for (const chart of [line([1, 2], { series: [HOSTILE, 'b'].map((name) => ({ name, points: line([1, 2]).series[0]!.points })) }), bars([{ x: HOSTILE, y: 1 }])]) {
    const svg = svgOf(chart);
    assert.equal(svg.querySelectorAll('script, a, [onclick], [style]').length, 0);
  }
});

test('nothing to draw is no drawing', () => {
  assert.equal(chartSvg(line([null, null]), FRAMES.wide, 'a', BUILD), '');
  assert.equal(chartSvg(line([]), FRAMES.wide, 'a', BUILD), '');
  assert.equal(sparkline([{ period: '2001-06-29', value: null }, { period: '2001-06-30', value: 1 }], 'x'), '');
});

test('every kind of chart is drawn from one point, equal values, negatives and zeros', () => {
  for (const type of ['line', 'area', 'bar', 'dot'] as const) {
    for (const values of [[5], [5, 5, 5], [-3, -1], [0, 0], [0, 5], [1e12, 2e12], [1e-9, 2e-9]]) {
      for (const chart of [line(values, { type }), bars(values.map((y, index) => ({ x: `c${index}`, y })), { type })]) {
        for (const frame of Object.values(FRAMES)) assert.doesNotMatch(chartSvg(chart, frame, 'a', BUILD), /NaN|undefined|Infinity/, `${type} ${values.join()}`);
      }
    }
  }
});

test('a chart in words names latest, extremes, gaps and target', () => {
  assert.equal(
    chartSentences(line([0.7, null, 0.9, 0.8], { y: { label: 'On time', format: '.0%', unit: null, target: 0.85 } })),
    'Latest 80% on 4 June 2001; highest 90% on 3 June 2001, lowest 70% on 1 June 2001. 1 of 4 periods have no value. Target 85%.',
  );
  assert.equal(chartSentences(bars([{ x: 'ORD', y: 912 }, { x: 'LAS', y: 385 }], { omitted: 3 })), 'From ORD with 912 to LAS with 385. 3 more not drawn.');
  assert.equal(chartSentences(line([null])), 'no values.');
});

test('a chart’s table has every point, missing ones in words', () => {
  const other = { name: 'b', points: [{ x: '2001-06-02', y: 0.5 }] };
  const { head, rows } = chartTable(line([], { series: [{ name: 'a', points: line([0.7, null]).series[0]!.points }, other] }));
  assert.deepEqual(head, ['Day', 'a', 'b']);
  assert.deepEqual(rows, [['1 June 2001', '70.0%', 'no value'], ['2 June 2001', 'no value', '50.0%']]);
});

test('a scale holds its values in few round steps', () => {
  assert.deepEqual(niceScale([0.611, 0.949]).ticks, [0.6, 0.7, 0.8, 0.9, 1]);
  assert.deepEqual(niceScale([-8, 0]).ticks, [-8, -6, -4, -2, 0]);
  const finite = fc.double({ noNaN: true, min: -1e12, max: 1e12 });
  fc.assert(fc.property(fc.array(finite, { minLength: 1, maxLength: 20 }), (values) => {
    const { domain: [low, high], ticks } = niceScale(values);
    const slack = 1e-9 * Math.max(1, ...values.map(Math.abs));
    assert.ok(low < high);
    for (const value of values) assert.ok(value >= low - slack && value <= high + slack);
    assert.ok(ticks.length >= 2 && ticks.length <= 7, ticks.join());
  }), { seed: 3 });
});

test('thinning keeps ends, extremes, order and gaps', () => {
  const values = fc.array(fc.option(fc.integer({ min: -100, max: 100 }), { freq: 20 }), { minLength: 1, maxLength: 3000 });
  fc.assert(fc.property(values, (ys) => {
    const points = ys.map((y, x) => ({ x, y }));
    const kept = thin(points, 50);
    assert.ok(kept.length <= Math.max(200, 50 * 5 + 5));
    assert.deepEqual([kept[0], kept.at(-1)], [points[0], points.at(-1)]);
    assert.deepEqual(kept, kept.toSorted((a, b) => a.x - b.x));
    const known = (list: typeof points): number[] => list.flatMap(({ y }) => (y === null ? [] : [y]));
    assert.equal(Math.max(...known(kept)), Math.max(...known(points)));
    assert.equal(Math.min(...known(kept)), Math.min(...known(points)));
    assert.equal(kept.some(({ y }) => y === null), points.some(({ y }) => y === null));
  }), { seed: 4, numRuns: 60 });
});

test('a sparkline parts at gaps and marks its last known value', () => {
  const box = { width: 100, height: 20, inset: 2 };
  assert.deepEqual(linePath([0, 10, null, 5, null], box), { line: 'M0,18L25,2M75,10h0', end: [75, 10] });
  assert.equal(linePath([null, NaN], box), null);
  assert.match(sparkline([{ period: '2001-06-29', value: 1 }, { period: '2001-06-30', value: 1 }], 'a "b" <c>'), /aria-label="a &quot;b&quot; &lt;c&gt;"/);
});
