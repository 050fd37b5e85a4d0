import { truncate } from '../../error.ts';

interface Edit {
  kind: ' ' | '-' | '+';
  line: string;
}

interface NamedText {
  file: string;
  text: string;
}

const CONTEXT = 3;
/** Above it a difference helps nobody, and takes long. */
const MOST_LINES = 5_000;
/** So many lines apart, what is between the first and the last difference is shown as replaced. */
const MOST_EDITS = 1_500;
const LONGEST_LINE = 2_000;

/** A unified difference, lines without their ends; empty where the texts have the same lines. */
export function lineDifference(base: NamedText, head: NamedText): string[] {
  if (base.text === head.text) return [];
  const [old, now] = [linesOf(base.text), linesOf(head.text)];
  const heading = [`--- ${base.file}`, `+++ ${head.file}`];
  if (Math.max(old.length, now.length) > MOST_LINES) return [...heading, `@@ ${old.length} and ${now.length} lines: too long to be shown @@`];
  const hunks = hunksOf(editsOf(old, now));
  return hunks.length === 0 ? [] : [...heading, ...hunks];
}

/** The first line of the head, from 1, that is not as before, or that stands where something is gone; null where all are as before, or none is left. */
export function firstChangedLine(base: string, head: string): number | null {
  const [old, now] = [linesOf(base), linesOf(head)];
  const index = now.findIndex((line, at) => line !== old[at]);
  if (index !== -1) return index + 1;
  return now.length === old.length || now.length === 0 ? null : now.length;
}

/** Whether the last line has an end makes no difference. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function editsOf(old: readonly string[], now: readonly string[]): Edit[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const [removed, added] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const same = (line: string): Edit => ({ kind: ' ', line });
  const middle = shortestEdits(removed, added) ?? [...removed.map((line): Edit => ({ kind: '-', line })), ...added.map((line): Edit => ({ kind: '+', line }))];
  return [...old.slice(0, start).map(same), ...middle, ...old.slice(old.length - end).map(same)];
}

/** The fewest lines removed and added, by Myers’ algorithm; null where they are too many. `reach[k]` is how far the furthest path on diagonal k (x − y) goes. */
function shortestEdits(old: readonly string[], now: readonly string[]): Edit[] | null {
  const most = Math.min(old.length + now.length, MOST_EDITS);
  const offset = most + 1;
  const reach = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let depth = 0; depth <= most; depth++) {
    // What a step needs of the one before are the diagonals up to its depth.
    trace.push(reach.slice(offset - depth - 1, offset + depth + 2));
    for (let k = -depth; k <= depth; k += 2) {
      const down = k === -depth || (k !== depth && reach[offset + k - 1]! < reach[offset + k + 1]!);
      let x = down ? reach[offset + k + 1]! : reach[offset + k - 1]! + 1;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x += 1;
      reach[offset + k] = x;
      if (x >= old.length && x - k >= now.length) return walkBack(old, now, trace);
    }
  }
  return null;
}

function walkBack(old: readonly string[], now: readonly string[], trace: readonly Int32Array[]): Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [old.length, now.length];
  for (let depth = trace.length - 1; depth >= 0; depth--) {
    const reach = (k: number): number => trace[depth]![k + depth + 1]!;
    const k = x - y;
    const down = k === -depth || (k !== depth && reach(k - 1) < reach(k + 1));
    const before = down ? k + 1 : k - 1;
    const [fromX, fromY] = depth === 0 ? [0, 0] : [reach(before), reach(before) - before];
    while (x > fromX && y > fromY) {
      edits.push({ kind: ' ', line: old[--x]! });
      y -= 1;
    }
    if (depth === 0) break;
    edits.push(down ? { kind: '+', line: now[--y]! } : { kind: '-', line: old[--x]! });
  }
  return edits.reverse();
}

function hunksOf(edits: readonly Edit[]): string[] {
  const lines: string[] = [];
  const near = edits.map((_, index) => edits.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== ' '));
  let [old, now] = [1, 1];
  for (let at = 0; at < edits.length; ) {
    let end = at;
    while (end < edits.length && near[end]) end += 1;
    const hunk = edits.slice(at, end);
    const [removed, added] = [hunk.filter(({ kind }) => kind !== '+').length, hunk.filter(({ kind }) => kind !== '-').length];
    if (hunk.length > 0) lines.push(`@@ -${placeOf(old, removed)} +${placeOf(now, added)} @@`, ...hunk.map(({ kind, line }) => `${kind}${truncate(line, LONGEST_LINE)}`));
    [old, now] = [old + removed, now + added];
    for (at = end; at < edits.length && !near[at]; at++) [old, now] = [old + 1, now + 1];
  }
  return lines;
}

/** An empty side stands behind the line before it. */
function placeOf(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`;
}
