/** A place on a line; null breaks it. */
export interface PlotPoint {
  x: number;
  y: number | null;
}

/**
 * Fewer points for the same drawing: of each of `columns` equal slices of x, the first, last, lowest
 * and highest value, and whether a gap follows (M4, Jugel et al., VLDB 2014). Extremes, ends and gaps stay.
 */
export function thin<T extends PlotPoint>(points: readonly T[], columns: number): T[] {
  if (points.length <= columns * 4) return [...points];
  const first = points[0]!.x;
  const width = (points.at(-1)!.x - first) / columns || 1;
  const kept: T[] = [];
  let start = 0;
  for (let end = 1; end <= points.length; end += 1) {
    const sameSlice = end < points.length && slice(points[end]!) === slice(points[start]!);
    if (sameSlice) continue;
    kept.push(...extremes(points.slice(start, end)));
    start = end;
  }
  return kept;

  function slice({ x }: T): number {
    return Math.min(columns - 1, Math.floor((x - first) / width));
  }
}

function extremes<T extends PlotPoint>(points: readonly T[]): T[] {
  let low = -1;
  let high = -1;
  let gap = -1;
  points.forEach(({ y }, index) => {
    if (y === null) gap = index;
    else {
      if (low < 0 || y < points[low]!.y!) low = index;
      if (high < 0 || y > points[high]!.y!) high = index;
    }
  });
  const places = new Set([0, low, high, gap, points.length - 1].filter((index) => index >= 0));
  return [...places].sort((a, b) => a - b).map((index) => points[index]!);
}
