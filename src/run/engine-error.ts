import { DaybookError, type ErrorCode } from '../error.ts';
import { tokenize } from '../report/tokens.ts';
import { dialectHint } from './dialect.ts';

/** A text of SQL and the file that people know it by. */
export interface SqlText {
  file: string;
  sql: string;
}

const CODES: [RegExp, ErrorCode][] = [
  [/^Parser Error/, 'query-syntax'],
  [/^Out of Memory Error/, 'query-memory'],
  [/^Permission Error/, 'query-refused'],
  [/^(INTERNAL|FATAL) Error/, 'query-crashed'],
];

/**
 * What the engine says, with line and column in the file, its excerpt and caret, and without what only developers
 * of the engine can use. Errors that are not the engine's are bugs and stay as they are.
 * @param linesBefore lines that were put before the text when it was run
 */
export function engineError(cause: unknown, { file, sql }: SqlText, fallback: ErrorCode = 'query-failed', linesBefore = 0): Error {
  if (cause instanceof DaybookError) return cause;
  const message = (cause as Error).message.replace(/^Failed to \w+ statements: /, '');
  if (!(cause instanceof Error) || !/^[A-Z][\w ]* Error: /.test(message)) return cause as Error;
  const code = CODES.find(([pattern]) => pattern.test(message))?.[1] ?? fallback;
  const [, said = '', number, excerpt = '', indent = ''] = /^[A-Z][\w ]* Error: ([^]*?)(?:\n+LINE (\d+): (.*)\n( *)\^[^]*)?$/.exec(message) ?? [];
  if (code === 'query-memory') return new DaybookError(code, 'the query needs more memory than it may use', { file });
  const what = said.replace(/\n+\s*(Candidate functions:[^]*)$/, '').trim();
  const hint = code === 'query-syntax' || code === 'query-failed' ? dialectHint(sql) : undefined;
  if (what.endsWith(' at end of input')) return new DaybookError(code, what, { file, line: lineOfEnd(sql) }, hint ?? 'Something is missing after the last word: a name, a closing parenthesis, or the end of a clause.');
  if (number === undefined) return new DaybookError(code, what, { file }, hint);
  const line = Number(number) - linesBefore;
  const column = columnOf(sql.split('\n')[line - 1] ?? '', excerpt, indent.length - `LINE ${number}: `.length);
  return new DaybookError(code, `${what}\n\n${excerpt}\n${' '.repeat(Math.max(0, indent.length - `LINE ${number}: `.length))}^`, { file, line, column }, hint);
}

/** The line of the last word: what is missing is missing behind it, and not behind comments. */
function lineOfEnd(sql: string): number {
  return sql.slice(0, tokenize(sql).at(-1)?.at ?? 0).split('\n').length;
}

/** The engine cuts long lines at both ends; the caret's place in the line is where the cut piece stands. */
function columnOf(line: string, excerpt: string, caret: number): number | undefined {
  const cut = excerpt.startsWith('...');
  const piece = excerpt.slice(cut ? 3 : 0).replace(/\.\.\.$/, '');
  const start = line.indexOf(piece);
  return start < 0 ? undefined : start + caret - (cut ? 3 : 0) + 1;
}

/** Line and column of an offset in UTF-8 bytes, as the engine's parser counts; nothing where it has none. */
export function placeAt({ file, sql }: SqlText, offset: unknown): { file: string; line?: number; column?: number } {
  const bytes = Buffer.from(sql);
  if (typeof offset !== 'number' || offset > bytes.length) return { file };
  const before = bytes.subarray(0, offset).toString();
  const lines = before.split('\n');
  return { file, line: lines.length, column: lines.at(-1)!.length + 1 };
}
