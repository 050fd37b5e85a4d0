import type { Parameters } from '../report/report.ts';
import type { Column } from '../snapshot/manifest.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import type { SqlText } from './engine-error.ts';
import { checkQuery } from './gate.ts';
import { bindings } from './query.ts';
import { openSandbox, type Sandbox, type SandboxSpec } from './sandbox.ts';
import { serve, type Request } from './serve.ts';

/** The program that tries whether a query goes with columns; it has no rows, and runs nothing. */

export type BindRequest = Request & (
  | { kind: 'open'; spec: SandboxSpec; query: SqlText; parameters: Parameters; tables: string[]; requested: string }
  | { kind: 'bind'; tables: [name: string, columns: Column[]][] }
);

/** `fits`: the engine takes it. `names`: it has the columns that are named, and of other types than the query needs. `none`: it lacks one. */
export type Bound = 'fits' | 'names' | 'none';

let sandbox: Sandbox | null = null;
let asked: Extract<BindRequest, { kind: 'open' }> | null = null;
let used: ReadonlySet<string> = new Set();

serve((request: BindRequest) => (request.kind === 'open' ? open(request) : bind(request.tables)));

/** @throws what the gate says against the query */
async function open(request: Extract<BindRequest, { kind: 'open' }>): Promise<null> {
  asked = request;
  sandbox = await openSandbox(request.spec);
  const { surroundings, connection } = sandbox;
  used = await checkQuery(connection, request.query, { ...surroundings, sources: [...surroundings.sources, ...request.tables], parameters: ['as_of', ...Object.keys(request.parameters)] });
  return null;
}

async function bind(tables: readonly [string, Column[]][]): Promise<Bound> {
  const typed = await tryWith(tables, ({ type }) => `CAST(NULL AS ${type})`);
  if (typed === null) return 'fits';
  if (isAbsent(typed)) return 'none';
  // What stands first in the query is said first: without types, only names are left to be wrong.
  const untyped = await tryWith(tables, () => 'NULL');
  return untyped !== null && isAbsent(untyped) ? 'none' : 'names';
}

/** What the engine says against it. */
async function tryWith(tables: readonly [string, Column[]][], valueOf: (column: Column) => string): Promise<string | null> {
  const { connection } = sandbox!;
  const { query, parameters, requested } = asked!;
  try {
    for (const [name, columns] of tables) await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteIdentifier(name)} AS SELECT ${columns.map((column) => `${valueOf(column)} AS ${quoteIdentifier(column.name)}`).join(', ')} LIMIT 0`);
    // An explanation is bound with the parameters’ types, which a prepared statement alone is not, and is not run.
    const prepared = await connection.prepare(`EXPLAIN SELECT * FROM (\n${query.sql}\n)`);
    const { values, types } = bindings(parameters, requested, used);
    prepared.bind(values, types);
    await prepared.run();
    prepared.destroySync();
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
}

function isAbsent(message: string): boolean {
  return /^(Binder|Catalog) Error: [^\n]*(not found|not find|does not have a column|does not exist|No matching columns)/.test(message);
}
