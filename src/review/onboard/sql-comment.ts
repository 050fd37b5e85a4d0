import { oneLineOf, wordsOf } from './words.ts';

/** What the comment at the top of a query says of it; null where it does not say that. */
export interface SqlComment {
  title: string | null;
  description: string | null;
}

const LONGEST_TITLE = 70;
const LONGEST = 500;
/** Characters: nobody describes a query in more. */
const MOST_READ = 5_000;
/** Notes to tools and about files, as `author: x`. */
const NOTE = /^(@|:|#|\{|\+|vim:|noqa\b|sqlfluff\b|(file(name)?|path|authors?|owner|created( (by|on|at))?|changed|modified|updated|version|date|ticket|jira|name|usage|params?|depends on|requires|todo|fixme|xxx|hack|note to self)\b\s*:|(todo|fixme|xxx)\b)/i;
const LICENCE = /copyright|\(c\)\s*\d|©|licen[cs]ed?\b|spdx|all rights reserved|permission is hereby|as is\W|warrant(y|ies)|confidential/i;
/** What words seldom have, and code does. */
const CODE = /;\s*$|^(select|insert|update|delete|create|drop|alter|copy)\b.*\b(from|into|set|table|where|as|view|macro)\b|^with\s+\w+\s+as\s*\(|^from\s+\w+\s+(where|join|select|group|order|limit)\b|[=<>!]=|=>|\w\(\w*\)|\w\.\w+\(|::|https?:\/\/|--|\/\*|\w=\S|\s=\s/i;

/**
 * The title and the description of a report, from the comment that its query begins with: the first line where it is short and stands alone,
 * and the rest, as far as it reads like words.
 */
export function commentOf(sql: string): SqlComment {
  const lines = leadingLines(sql);
  if (LICENCE.test(lines.join('\n'))) return { title: null, description: null };
  const words = lines.filter((line) => line === '' || !NOTE.test(line));
  const [first = '', ...rest] = trimmed(words);
  const next = rest[0] ?? '';
  // A line that goes on in the next one is no title.
  const alone = next === '' || !/^[\p{Ll}(]/u.test(next);
  const isTitle = isWords(first) && first.length <= LONGEST_TITLE && !/[,;:]$|[.!?]\s+\S/.test(first) && alone;
  const [body] = paragraphsOf(isTitle ? trimmed(rest) : [first, ...rest]);
  const described = body !== undefined && isWords(body) ? body : null;
  const sentence = isTitle && /[.!?]$/.test(first) ? first : null;
  return { title: isTitle ? shown(first.replace(/[.!?]+$/, ''), LONGEST_TITLE) : null, description: described === null ? sentence && shown(sentence, LONGEST) : shown(described, LONGEST) };
}

/** Lines of the comment before the first word of the query, without its signs and rulers. */
function leadingLines(sql: string): string[] {
  const found: string[] = [];
  let rest = sql.slice(0, MOST_READ).replace(/^\uFEFF/, '').trimStart();
  while (rest.startsWith('--') || rest.startsWith('/*')) {
    const isLine = rest.startsWith('--');
    const end = isLine ? rest.search(/\n|$/) : rest.indexOf('*/');
    if (end < 0) return [];
    found.push(...rest.slice(2, end).split('\n').map((line) => line.replace(/^[\s*-]+|[\s*=#~-]+$/g, '')));
    const after = rest.slice(isLine ? end : end + 2);
    if (/^\s*\n[ \t\r]*\n/.test(after)) found.push('');
    rest = after.trimStart();
  }
  return found;
}

function trimmed(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => line !== '');
  return from < 0 ? [] : lines.slice(from, lines.findLastIndex((line) => line !== '') + 1);
}

function paragraphsOf(lines: readonly string[]): string[] {
  return lines.join('\n').split(/\n{2,}/).map((paragraph) => paragraph.replaceAll('\n', ' ').trim()).filter(Boolean);
}

/** Two words at least, most signs letters, and nothing that only code has. */
function isWords(text: string): boolean {
  const letters = text.match(/[\p{L}\p{N} ]/gu)?.length ?? 0;
  return wordsOf(text).filter((word) => /\p{L}{2}/u.test(word)).length >= 2 && letters >= text.length * 0.8 && !CODE.test(text);
}

/** What a reader of the page sees in place of the parameter. */
function shown(text: string, most: number): string {
  const line = oneLineOf(text.replace(/\$as_of\b/g, 'the day of the report'), most).trim();
  return line[0]!.toUpperCase() + line.slice(1);
}
