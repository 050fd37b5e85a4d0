interface Scale {
  domain: [low: number, high: number];
  ticks: number[];
}

/**
 * The smallest round interval that holds all values, in about four steps of 1, 2 or 5 times a power
 * of ten: an axis that readers can count on. Equal values get room on both sides.
 */
export function niceScale(values: readonly number[], steps = 4): Scale {
  let low = values.reduce((a, b) => Math.min(a, b), Infinity);
  let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low === high) {
    const room = Math.abs(low) / 10 || 1;
    [low, high] = [low - room, high + room];
  }
  const rough = (high - low) / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough)! * power;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  // Rounded to 12 digits, so that 3 × 0.1 is 0.3.
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  return { domain: [ticks[0]!, ticks.at(-1)!], ticks };
}
