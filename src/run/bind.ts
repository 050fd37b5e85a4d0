import type { MacroFile, Parameters } from '../report/report.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Column } from '../snapshot/manifest.ts';
import type { BindRequest, Bound } from './bind-child.ts';
import { Child } from './child.ts';
import type { SqlText } from './engine-error.ts';
import { emptyFolder, type ImportedSource } from './import.ts';

export type { Bound } from './bind-child.ts';

interface Trial {
  /** One SELECT, without a semicolon at its end. */
  query: SqlText;
  parameters: Parameters;
  /** The sources that it reads, imported. */
  sources: readonly Pick<ImportedSource, 'name' | 'database'>[];
  macros: MacroFile[];
  /** Tables that are no sources yet. */
  tables: readonly string[];
  requested: AsOf;
}

/** Whether a query goes with columns. It has to be closed in any case. */
export interface Binder {
  /** @param columns of each table that is open. @throws ChildFailure where the engine does not end or bear it */
  bind(columns: ReadonlyMap<string, Column[]>): Promise<Bound>;
  close(): void;
}

const PROGRAM = new URL('./bind-child.ts', import.meta.url);
const SECONDS = 20;

/**
 * Opens the sandbox of a query some of whose tables are only known by columns that they may have.
 * @param cache absolute path of .daybook/
 * @throws what the gate says against the query, ChildFailure
 */
export async function openBinder({ query, parameters, sources, macros, tables, requested }: Trial, { cache, memoryMb }: { cache: string; memoryMb: number }): Promise<Binder> {
  const empty = await emptyFolder(cache);
  const child = new Child(PROGRAM, empty);
  const send = <T>(request: BindRequest): Promise<T> => child.request<T>(request, SECONDS);
  try {
    await send({ kind: 'open', memoryMb, spec: { sources: sources.map(({ name, database }) => ({ name, database })), macros, memoryMb }, query, parameters, tables: [...tables], requested });
  } catch (cause) {
    child.kill();
    throw cause;
  }
  return { bind: (columns) => send<Bound>({ kind: 'bind', memoryMb, tables: [...columns] }), close: () => child.kill() };
}
