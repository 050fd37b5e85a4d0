import type { DefinitionFile, FileKind, FileStatus } from './document.ts';
import { keyDifference, topText } from './keys.ts';

/** A file that a commit changed, as Git's history tells it. */
export interface HistoryFile {
  path: string;
  from: string | null;
  status: FileStatus;
  /** Ids of its texts. */
  before: string | null;
  after: string | null;
}

/** What is needed to say what changed. */
export interface Texts {
  /** By id; null where a text is too large or not here. */
  texts: ReadonlyMap<string, string | null>;
  /** SQL as the engine reads it, without layout and comments: equal for what asks the same. */
  normalSql: (sql: string) => string;
  /** The report that a query below queries/ is of, where its YAML names another file than the default. */
  reportOfQuery: ReadonlyMap<string, string>;
}

const LAYOUT: { pattern: RegExp; kind: FileKind }[] = [
  { pattern: /^reports\/(.+)\.ya?ml$/, kind: 'report' },
  { pattern: /^reports\/(.+)\.approvals\/[^/]+\.json$/, kind: 'approval' },
  { pattern: /^reports\/(.+)\.md$/, kind: 'narrative' },
  { pattern: /^queries\/macros\/.+\.sql$/, kind: 'macro' },
  { pattern: /^queries\/sources\/.+\.ya?ml$/, kind: 'source' },
  { pattern: /^queries\/(.+)\.sql$/, kind: 'query' },
  { pattern: /^daybook\.yml$/, kind: 'settings' },
];

/** What a commit did to one file. Without one of its texts, only that it did: no keys and null for `lines`. */
export function definitionFile(file: HistoryFile, { texts, normalSql, reportOfQuery }: Texts): DefinitionFile {
  const { path, from, status } = file;
  const { kind, report } = fileOf(path);
  const told: DefinitionFile = { path, from, status, kind, report: kind === 'query' ? (reportOfQuery.get(path) ?? report) : report, changes: [], more: 0, lines: null, only_layout: false };
  const [before, after] = [file.before, file.after].map((oid) => (oid === null ? '' : (texts.get(oid) ?? null)));
  if (before == null || after == null) return told;
  const lines = lineCounts(before, after);
  if (kind === 'query' || kind === 'macro') return { ...told, lines, only_layout: status === 'changed' && normalSql(before) === normalSql(after) };
  if (kind === 'narrative' || kind === 'other') return { ...told, lines };
  if (status === 'added' || status === 'removed') {
    const key = kind === 'approval' ? 'decision' : kind === 'source' ? 'description' : 'title';
    const title = topText(status === 'added' ? after : before, key);
    const change = { key, before: status === 'added' ? null : title, after: status === 'added' ? title : null };
    return { ...told, changes: title === null ? [] : [change], lines };
  }
  const difference = keyDifference(before, after);
  if (difference === null) return { ...told, lines };
  return { ...told, ...difference, lines, only_layout: status === 'changed' && difference.changes.length === 0 };
}

function fileOf(path: string): { kind: FileKind; report: string | null } {
  for (const { pattern, kind } of LAYOUT) {
    const match = pattern.exec(path);
    if (match) return { kind, report: match[1] ?? null };
  }
  return { kind: 'other', report: null };
}

/** Beyond it, lines that moved count as nothing. */
const MOST_STEPS = 4_000_000;

/** The fewest lines that one text needs added and removed to become the other; the last line's end does not count. */
export function lineCounts(before: string, after: string): { added: number; removed: number } {
  const [a, b] = [before, after].map((text) => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/))) as [string[], string[]];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const common = left.length * right.length > MOST_STEPS ? sharedLines(left, right) : longestCommon(left, right);
  return { added: right.length - common, removed: left.length - common };
}

function longestCommon(left: readonly string[], right: readonly string[]): number {
  let above = new Uint32Array(right.length + 1);
  for (const line of left) {
    const row = new Uint32Array(right.length + 1);
    for (let index = 0; index < right.length; index += 1) row[index + 1] = line === right[index] ? above[index]! + 1 : Math.max(above[index + 1]!, row[index]!);
    above = row;
  }
  return above[right.length]!;
}

function sharedLines(left: readonly string[], right: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of left) counts.set(line, (counts.get(line) ?? 0) + 1);
  return right.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count > 0;
  }).length;
}
