import { mkdirSync } from 'node:fs';
import { DaybookError } from '../error.ts';
import type { MacroFile, Report, Source } from '../report/report.ts';
import { digestJson } from '../snapshot/canonical.ts';
import { Child, ChildFailure, received, type SentError } from './child.ts';
import { cacheError } from './import.ts';
import type { GatedQuery, ParseRequest } from './parse-child.ts';

/** Reads SQL in a process of its own, by the gate of a real run, and has no data. */
export interface Parser {
  /**
   * What the gate says to each report's query; null: nothing against it. What only data can tell (columns, types, what a
   * macro does with a source) is not told.
   * @throws `query-crashed`, `query-timeout` for macros that cannot be read at all
   */
  admit(reports: readonly Pick<Report, 'query' | 'parameters' | 'sources'>[], around: Around): Promise<Admitted>;
  /** The tree of a text's SELECT as `json_serialize_sql` gives it, numbers that a double does not hold as text; null where there is none. */
  tree(sql: string): Promise<unknown>;
  close(): void;
}

/** What queries may use, as Definitions have it. */
interface Around {
  macros: readonly MacroFile[];
  sources: ReadonlyMap<string, Source>;
}

interface Admitted {
  /** In the order of the reports. */
  reports: (DaybookError | null)[];
  /** Macros that no report can use. */
  macros: DaybookError[];
}

export interface ParserOptions {
  /** Absolute path of an empty folder, which is made where there is none. */
  folder: string;
  /** Limit of each request; a batch that takes longer is tried in halves. */
  seconds?: number;
  memoryMb?: number;
}

const PROGRAM = new URL('./parse-child.ts', import.meta.url);
const MOST_QUERIES = 1_000;
const MOST_CHARACTERS = 2_000_000;
const NOTHING: Around = { macros: [], sources: new Map() };

/** Its process starts at once, while the caller reads what to ask. It has to be closed in any case. @throws `write-denied`, `disk-full` */
export function openParser({ folder, seconds = 20, memoryMb = 1_024 }: ParserOptions): Parser {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw cacheError(cause, { file: '.daybook' });
  }
  let child = new Child(PROGRAM, folder);
  let opened: { key: string; macros: DaybookError[] } | null = null;
  /** Macros that took a child with them once are not tried again for each that asks. */
  let unreadable: { key: string; error: DaybookError } | null = null;
  /** A child answers one request at a time; what is asked meanwhile waits. */
  let last: Promise<unknown> = Promise.resolve();

  async function send<T>(request: ParseRequest): Promise<T> {
    try {
      return await child.request<T>(request, seconds);
    } catch (cause) {
      child.kill();
      opened = null;
      throw cause;
    }
  }

  async function open({ macros, sources }: Around): Promise<DaybookError[]> {
    // Without macros, sources make no difference.
    const names = macros.length > 0 ? [...sources.keys()] : [];
    const key = digestJson([macros, names]);
    if (child.ended) [child, opened] = [new Child(PROGRAM, folder), null];
    if (opened?.key === key) return opened.macros;
    if (unreadable?.key === key) throw unreadable.error;
    const broken = await send<SentError[]>({ kind: 'open', memoryMb, macros: [...macros], sources: names }).catch((cause: unknown) => {
      if (!(cause instanceof ChildFailure)) throw cause;
      const error = childError(cause, 'queries/macros', seconds);
      if (macros.length > 0) unreadable = { key, error };
      throw error;
    });
    opened = { key, macros: broken.map(received) };
    return opened.macros;
  }

  /** A text that the engine cannot bear leaves no answer for any of a batch: halves are tried, down to the one at fault. */
  async function admitBatch(queries: GatedQuery[], around: Around): Promise<(DaybookError | null)[]> {
    await open(around);
    try {
      const answers = await send<(SentError | null)[]>({ kind: 'admit', memoryMb, queries });
      return answers.map((error) => error && received(error));
    } catch (cause) {
      if (!(cause instanceof ChildFailure || cause instanceof DaybookError)) throw cause;
      if (queries.length === 1) return [cause instanceof DaybookError ? cause : childError(cause, queries[0]!.query.file, seconds)];
      const half = queries.length >> 1;
      return [...(await admitBatch(queries.slice(0, half), around)), ...(await admitBatch(queries.slice(half), around))];
    }
  }

  async function admit(reports: Parameters<Parser['admit']>[0], around: Around): Promise<Admitted> {
    const macros = await open(around);
    const queries = reports.map(({ query, parameters, sources }) => ({ query, parameters, sources }));
    const found: (DaybookError | null)[] = [];
    for (const batch of batches(queries)) found.push(...(await admitBatch(batch, around)));
    return { reports: found, macros };
  }

  async function tree(sql: string): Promise<unknown> {
    try {
      if (opened === null || child.ended) await open(NOTHING);
      const json = await send<string | null>({ kind: 'tree', memoryMb, sql });
      return json === null ? null : JSON.parse(json, exactly as (key: string, value: unknown) => unknown);
    } catch (cause) {
      if (cause instanceof ChildFailure || cause instanceof DaybookError || cause instanceof SyntaxError || cause instanceof RangeError) return null;
      throw cause;
    }
  }

  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const answer = last.then(step);
    last = answer.catch(() => undefined);
    return answer;
  };
  return { admit: (reports, around) => inTurn(() => admit(reports, around)), tree: (sql) => inTurn(() => tree(sql)), close: () => child.kill() };
}

function batches(queries: readonly GatedQuery[]): GatedQuery[][] {
  const all: GatedQuery[][] = [];
  let characters = Infinity;
  for (const query of queries) {
    characters += query.query.sql.length;
    if (characters > MOST_CHARACTERS || all.at(-1)!.length >= MOST_QUERIES) {
      all.push([]);
      characters = query.query.sql.length;
    }
    all.at(-1)!.push(query);
  }
  return all;
}

/** Two constants that a double cannot tell apart are still two. */
function exactly(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined ? source : value;
}

function childError({ kind, message }: ChildFailure, file: string, seconds: number): DaybookError {
  switch (kind) {
    case 'timeout': return new DaybookError('query-timeout', `reading it was stopped after ${seconds} s`, { file });
    case 'memory': return new DaybookError('query-memory', 'reading it used far too much memory', { file });
    case 'death': return new DaybookError('query-crashed', `the engine’s process ended (${message.split('\n')[0]!.slice(0, 200)})`, { file });
  }
}
