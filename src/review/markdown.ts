import { visible } from '../error.ts';

/*
 * Text of others in a comment on a Git host. A host reads more out of a text than Markdown does: @names, #1, commit ids
 * and addresses become links and mails wherever they stand, escaped or not, except in code. So all of it is code.
 */

/** Code within a line. In a table, where a pipe would end it, `codeCell`. */
export function code(text: string): string {
  const line = oneLine(text).trim() || ' ';
  const around = fence(line, 1);
  // Next to the fence, a backtick of the text would belong to it; Markdown takes one space off each side again.
  const padded = /^`|`$/.test(line) ? ` ${line} ` : line;
  return around + padded + around;
}

/**
 * Code within a cell of a table. A table is cut at its pipes before anything in it is read, code or not; a backslash before one keeps
 * it, and is taken away again. But two backslashes before a pipe keep nothing: where the text has an odd number of its own there, the
 * code ends before the pipe and begins again.
 */
export function codeCell(text: string): string {
  const parts: string[] = [];
  let rest = oneLine(text).trim();
  for (let at = oddBackslashes(rest); at >= 0; at = oddBackslashes(rest)) {
    parts.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...parts, rest].map((part) => code(part).replaceAll('|', '\\|')).join(' ');
}

/** Where the first pipe stands behind an odd number of backslashes; -1 where there is none. */
function oddBackslashes(text: string): number {
  const found = /(?<!\\)\\(?:\\\\)*\|/.exec(text);
  return found ? found.index + found[0].length - 1 : -1;
}

/** Lines of code, coloured as `language`. */
export function codeBlock(lines: readonly string[], language: 'text' | 'diff' = 'text'): string {
  const text = lines.map(oneLine).join('\n');
  const around = fence(text, 3);
  return `${around}${language}\n${text}\n${around}`;
}

function oneLine(text: string): string {
  return visible(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}

/** A run of backticks ends the code unless the fence is longer. */
function fence(text: string, least: number): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}
