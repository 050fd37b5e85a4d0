/** A value that ended at a comma of its own, with the keys that YAML made of the rest. */
interface CutValue {
  key: string;
  /** The value’s beginning, then the keys. */
  pieces: string[];
  whole: string;
}

const known = new WeakMap<object, ReadonlyMap<string, CutValue>>();

/**
 * In `{ hours: DECIMAL(9,2) }` the comma ends the value, and `2)` is a key without one.
 * @param key of the mapping: one that is not known, or has no value
 * @returns null where it is no such piece; else the same for each piece
 */
export function cutValue(mapping: object, key: string): CutValue | null {
  let cuts = known.get(mapping);
  // Once for all keys: a hostile file has thousands.
  if (!cuts) known.set(mapping, (cuts = cutsOf(mapping)));
  return cuts.get(key) ?? null;
}

function cutsOf(mapping: object): Map<string, CutValue> {
  const cuts = new Map<string, CutValue>();
  let cut: { key: string; pieces: string[]; open: number } | null = null;
  for (const [key, value] of Object.entries(mapping)) {
    if (typeof value === 'string') cut = { key, pieces: [value], open: openBrackets(value) };
    else if (value !== null || !cut || cut.open <= 0) cut = null;
    else {
      cut.pieces.push(key);
      cut.open += openBrackets(key);
      if (cut.open !== 0) continue;
      const { pieces } = cut;
      const found = { key: cut.key, pieces, whole: pieces.reduce((text, piece) => `${text},${/^\d/.test(piece) && /\d$/.test(text) ? '' : ' '}${piece}`) };
      for (const piece of pieces.slice(1)) cuts.set(piece, found);
    }
  }
  return cuts;
}

function openBrackets(text: string): number {
  return text.split('(').length - text.split(')').length;
}
