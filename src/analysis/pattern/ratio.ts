/** A ratio that somebody could mean: both numbers have at most six digits. */
export interface Ratio {
  times: number;
  over: number;
  /** `2`, `-1`, `0.01`, or `1/3` where no short decimal says it. */
  text: string;
}

const LARGEST = 999_999;
/** Both parts of a fraction that is told as one. */
const LARGEST_PART = 100;
/** Digits after the point of a decimal. */
const PLACES = 6;

/** y ÷ x of two decimals in text with as many digits after the point; null where it is none that somebody could mean. */
export function ratioOf(x: string, y: string): Ratio | null {
  const [a, b] = [x, y].map((text) => BigInt(text.replace('.', '')));
  if (a === 0n || b === 0n) return null;
  const common = divisor(a!, b!);
  const sign = a! < 0n ? -1n : 1n;
  const [times, over] = [(sign * b!) / common, (sign * a!) / common];
  return [times, -times, over].some((part) => part > BigInt(LARGEST)) ? null : told(Number(times), Number(over));
}

/** The same of doubles, within their tolerance. */
export function ratioOfDoubles(x: number, y: number): Ratio | null {
  const ratio = y / x;
  if (!Number.isFinite(ratio) || ratio === 0) return null;
  const isNear = (other: number): boolean => Math.abs(other - ratio) <= 1e-9 * Math.abs(ratio);
  for (let over = 1; over <= 10 ** PLACES / 10; over *= 10) {
    const times = Math.round(ratio * over);
    if (times !== 0 && Math.abs(times) <= LARGEST && isNear(times / over)) return told(times, over);
  }
  const inverse = Math.round(1 / ratio);
  return inverse !== 0 && Math.abs(inverse) <= LARGEST && isNear(1 / inverse) ? told(Math.sign(inverse), Math.abs(inverse)) : null;
}

/** @param over above zero */
function told(times: number, over: number): Ratio | null {
  for (let places = 0, scale = 1; places <= PLACES; places += 1, scale *= 10) {
    if (scale % over === 0 && Math.abs(times * (scale / over)) <= LARGEST) return { times, over, text: (times / over).toFixed(places) };
  }
  return over <= LARGEST_PART && Math.abs(times) <= LARGEST_PART || Math.abs(times) === 1 ? { times, over, text: `${times}/${over}` } : null;
}

function divisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}
