import { visible } from '../error.ts';

/*
 * Text of others in a comment on a Git host. A host reads more out of a text than Markdown does: @names, #1, commit ids
 * and addresses become links and mails wherever they stand, escaped or not, except in code. So all of it is code.
 */

/** Code within a line. It has no place in a table, where a pipe would end it. */
export function code(text: string): string {
  const line = oneLine(text).trim() || ' ';
  const around = fence(line, 1);
  // Next to the fence, a backtick of the text would belong to it; Markdown takes one space off each side again.
  const padded = /^`|`$/.test(line) ? ` ${line} ` : line;
  return around + padded + around;
}

/** Lines of code. */
export function codeBlock(lines: readonly string[]): string {
  const text = lines.map(oneLine).join('\n');
  const around = fence(text, 3);
  return `${around}text\n${text}\n${around}`;
}

function oneLine(text: string): string {
  return visible(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}

/** A run of backticks ends the code unless the fence is longer. */
function fence(text: string, least: number): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}
