import type { Point } from '../../analysis/facts/facts.ts';
import { escapeHtml } from '../html.ts';

/** Drawn once at this size and stretched by CSS; strokes, and the dots made of them, keep their size (`vector-effect`). */
const WIDTH = 120;
const HEIGHT = 32;
const INSET = 3;

/**
 * The last points of a series as a small SVG line with its end marked; missing values are gaps, and
 * a value between two gaps is a dot. Empty text where fewer than two values are known.
 * @param label The text alternative.
 */
export function sparkline(points: readonly Point[], label: string): string {
  if (points.filter(({ value }) => isKnown(value)).length < 2) return '';
  const path = linePath(points.map(({ value }) => value), { width: WIDTH, height: HEIGHT, inset: INSET });
  if (!path) return '';
  return `<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(label)}">`
    + `<path class="spark-line" d="${path.line}"/><path class="spark-end" d="M${path.end.join()}h0"/></svg>`;
}

interface LinePath {
  line: string;
  /** The last known value's place. */
  end: [x: number, y: number];
}

/** Values, evenly spaced, as an SVG path within a box, `inset` from its top and bottom; null and non-finite values part it. */
export function linePath(values: readonly (number | null)[], box: { width: number; height: number; inset: number }): LinePath | null {
  const known = values.filter((value) => isKnown(value));
  if (known.length === 0) return null;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const x = (index: number): number => round((index / Math.max(1, values.length - 1)) * box.width);
  const y = (value: number): number =>
    round(high === low ? box.height / 2 : box.height - box.inset - ((value - low) / (high - low)) * (box.height - 2 * box.inset));
  let line = '';
  let end: [number, number] = [0, 0];
  values.forEach((value, index) => {
    if (!isKnown(value)) return;
    end = [x(index), y(value)];
    const starts = !isKnown(values[index - 1]);
    const alone = starts && !isKnown(values[index + 1]);
    line += alone ? `M${end.join()}h0` : `${starts ? 'M' : 'L'}${end.join()}`;
  });
  return { line, end };
}

function isKnown(value: number | null | undefined): value is number {
  return Number.isFinite(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
