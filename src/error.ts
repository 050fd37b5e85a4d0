/**
 * Every error that Daybook expects, in one table. A code is permanent: scripts, the ledger and
 * the documentation (`/docs/errors/`) refer to it. Anything thrown that is not a `DaybookError`
 * is a bug in Daybook and keeps its stack.
 */
export const ERRORS = {
  'yaml-syntax': 'Correct the YAML at the place named.',
  'unknown-key': 'Remove the key, or spell it as one of the known keys.',
  'wrong-value': 'Give the key a value of the kind named.',
  'file-missing': 'Create the file, or correct the path that names it.',
  'file-outside': 'Keep the file below one of the folders in `source_roots` of daybook.yml.',
  'file-unreadable': 'Check that the file exists, is a regular file and may be read.',
  'no-instance': 'Run the command in the folder that holds daybook.yml, or below it; or create one with `npx daybook init`.',
  'id-invalid': 'Name files and folders with a-z, 0-9 and hyphens; `sources`, `macros`, `t0000`-like and `v1`-like names are reserved.',
  'id-duplicate': 'Keep one of the files: an id belongs to one report.',
  'report-unknown': 'Use an id, or a unique end of one, from `npx daybook list`.',
  'report-ambiguous': 'Write more of the id, so that one report is left.',
  'source-unknown': 'Declare the source in queries/sources/, or correct the name.',
  'source-empty': 'Check the export that writes the file: it has no rows.',
  'source-broken': 'Repair or export the file again; the last good snapshot stays published.',
  'source-too-large': 'Export what reports need, or raise `limits.disk_mb` of daybook.yml if the files are right.',
  'source-pointer': 'Fetch what it stands for: `git lfs pull`; in a workflow, `lfs: true` at the checkout.',
  'source-late': 'Check the export: its newest row is older than `freshness` allows.',
  'prepare-failed': 'Run the source’s `prepare` command by hand and repair what it prints.',
  'definition-uncommitted': 'Commit the file: what is published names the commit that made it. `npx daybook run <report>` tries it out before.',
  'query-syntax': 'Correct the SQL at the caret.',
  'query-refused': 'A query is one SELECT over its declared sources, and nothing else.',
  'query-failed': 'Correct the query; `npx daybook run <report>` shows the result.',
  'query-timeout': 'Make the query cheaper, or raise `limits.seconds` within the instance’s maximum.',
  'query-memory': 'Make the query smaller, or raise `limits.memory_mb` within the instance’s maximum.',
  'out-of-time': 'Ask for fewer reports at once, or allow more time: a review’s is `review.minutes` in daybook.yml.',
  'query-crashed': 'The engine’s process ended; try again, then simplify the query.',
  'parameter-unknown': 'Declare the parameter under `parameters`, or remove it from the query.',
  'result-too-large': 'Aggregate or filter further: a report is read by people.',
  'result-empty': 'Check the query and its sources, or allow no rows with `checks: [{ rows: { min: 0 } }]`.',
  'result-type-changed': 'Declare the column’s type in the source’s `columns`, or cast it in the query.',
  'result-column': 'Name a column that the query returns.',
  'key-duplicate': 'Name all the columns that identify a row in `key`, or aggregate in the query.',
  'key-null': 'Filter or replace the NULLs: a key identifies a row.',
  'as-of-missing': 'The as-of column holds no value up to $as_of; check the data or the column’s name.',
  'metric-syntax': 'Write sum, count, min, max, mean or count_distinct of columns, joined with + - * /.',
  'metric-failed': 'Check the columns’ types and sizes: a metric is a number.',
  'check-failed': 'Correct the data or the query, or change the check with its reason.',
  'snapshot-unknown': 'Use `<report>@<as-of>` or `<report>@<as-of>.v<N>`; `npx daybook show <report>` lists them.',
  'snapshot-exists': 'A snapshot is never changed; a new result becomes the next version.',
  'snapshot-broken': 'Restore the file from Git: `git checkout -- snapshots`.',
  'snapshot-retired': 'Fetch the history that has it: `git fetch --unshallow`, or a clone without --depth and --filter.',
  'snapshot-erased': 'Nothing brings it back: its rows were destroyed, and the ledger says why.',
  'personal-store': 'Name a folder outside of Git’s history in `personal_store` of daybook.yml, and make it reachable to the job.',
  'erasure-refused': 'Wait until the day named, or end the legal hold in the report’s YAML by a commit.',
  'inputs-unreachable': 'Bring back the files that the snapshot names, or check out the commit that has them.',
  'approval-broken': 'Take the file off the branch, and write it again: `npx daybook approve <snapshot>`.',
  'answer-broken': 'Start the job again from the issue: edit it, or run the workflow again.',
  'review-broken': 'Take the document as `npx daybook review --out <folder>` wrote it.',
  'preview-refused': 'Let the workflow Review build it again, for the newest commit of the pull request.',
  'host-failed': 'Read what the Git host says; check the token in GITHUB_TOKEN and its rights.',
  'ledger-broken': 'Restore snapshots/ledger from Git; somebody changed it by hand.',
  'history-incomplete': 'Clone the whole repository, without --depth and --filter.',
  'key-missing': 'Give the job the private key in the environment variable DAYBOOK_SIGNING_KEY.',
  'key-broken': 'Use the keys as `npx daybook key` prints them.',
  'proof-broken': 'Ask for the proof again: `npx daybook prove <snapshot>`.',
  'git-missing': 'Install Git 2.30 or newer.',
  'git-repository': 'Run `git init` and commit, or run the command inside a Git repository.',
  'git-detached': 'Check out the branch that holds the snapshots: `git switch <branch>`.',
  'git-no-commit': 'Commit your reports first: the ledger names the commit that it ran.',
  'git-remote': 'Check the remote `origin`, its address and your access.',
  'git-diverged': 'Push or rebase your local commits, then run the job again.',
  'git-failed': 'Read what Git says above; nothing was committed.',
  'disk-full': 'Free some space, then run the command again; what was not complete was not kept.',
  'write-denied': 'Give the user that runs Daybook the right to write there.',
  'locked': 'Another Daybook process is at work here; wait for it to end.',
  'wrong-use': 'See `npx daybook --help`.',
  'site-failed': 'Read the message of the site’s builder above; the site built before is untouched.',
  'port-in-use': 'Choose another with --port.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERRORS;

/** Where an error was found: a file relative to the root, 1-based line and column, a dotted key. */
export interface ErrorLocation {
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  key?: string | undefined;
}

/** What people can act on: what happened, where, and what to do. */
export class DaybookError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorLocation;
  /** What to do, more exactly than the table knows. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, what: string, place: ErrorLocation = {}, hint?: string) {
    super(what);
    this.name = 'DaybookError';
    this.code = code;
    this.place = place;
    this.hint = hint;
  }

  get remedy(): string {
    return this.hint ?? ERRORS[this.code];
  }
}

/**
 * `reports/sales.yml:12:3: checks.2.max: expected a number` and, below it, what to do. Lines that are
 * quoted stand behind a bar.
 */
export function describe(error: DaybookError): string {
  const [first = '', ...quoted] = visible(`${where(error.place)}${error.message}`).split('\n');
  const lines = [first, ...quoted.map((line) => `  | ${line}`.trimEnd()), `  → ${visible(error.remedy)} [${error.code}]`];
  return withoutCommands(lines.join('\n'));
}

/** CI systems take a line that begins with `::` for a command, and GitHub’s also what follows `##[` anywhere in a line. */
export function withoutCommands(text: string): string {
  return text.split('\n').map((line) => line.replace(/^(?=\s*::)/, '| ').replaceAll('##[', '## [')).join('\n');
}

/** Text of others for a terminal or a log: control characters and those that turn the direction of writing round are seen, and do nothing. Halves of characters are none. */
export function visible(text: string): string {
  return text.toWellFormed().replace(/\r\n/g, '\n').replace(/(?![\t\n])\p{Cc}|\p{Bidi_Control}/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? '␡' : '\u{fffd}';
  });
}

/** A value as JSON of several lines for a terminal, a log or a program: what such a place would act on is escaped, and means the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/(?!\n)\p{Cc}|\p{Bidi_Control}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** At most so many UTF-16 units, the last of them an ellipsis where more is left; no half of a character, which no canonical JSON holds. */
export function truncate(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Text of others as a sentence: with a full stop, unless it ends as a sentence, or before a list, does. */
export function sentence(text: string): string {
  const said = text.trimEnd();
  return said === '' || /[.!?…:。！？]$/.test(said) ? said : `${said}.`;
}

/** What went wrong, with the key of a value that is said to be missing or another: for places that show no keys. */
export function whatOf({ code, message, place: { key } }: DaybookError): string {
  return key === undefined || code !== 'wrong-value' || message.includes(key) ? message : `${key}: ${message}`;
}

function where({ file, line, column, key }: ErrorLocation): string {
  const position = [file, line, column].filter((part) => part !== undefined).join(':');
  return [position, key].filter(Boolean).map((part) => `${part}: `).join('');
}

/** One line of a record that is kept: no machine paths, no line breaks, at most 500 characters. */
export function oneLine(error: DaybookError): string {
  return truncate(visible(`${where(error.place)}${error.message}`.replace(/\s+/g, ' ')), 500);
}

/** Runs a step and gives its failure the code that readers can look up, unless it has one. */
export async function withCode<T>(code: ErrorCode, place: ErrorLocation, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw asDaybookError(cause, code, place);
  }
}

const SYSTEM: Record<string, ErrorCode> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'write-denied',
  EPERM: 'write-denied',
  EROFS: 'write-denied',
};

/** What failed, as an error with a code: its own, that of what the system refuses, else the one given. */
export function asDaybookError(cause: unknown, code: ErrorCode, place: ErrorLocation = {}): DaybookError {
  if (cause instanceof DaybookError) return cause;
  const { code: system, message } = cause as NodeJS.ErrnoException;
  return new DaybookError(SYSTEM[system ?? ''] ?? code, message ?? String(cause), place);
}

/** What people can act on: Daybook's own errors and what the system refuses. Null for anything else, which is a bug. */
export function asKnownError(cause: unknown): DaybookError | null {
  if (cause instanceof DaybookError) return cause;
  const code = SYSTEM[(cause as NodeJS.ErrnoException | null)?.code ?? ''];
  return code ? asDaybookError(cause, code) : null;
}
