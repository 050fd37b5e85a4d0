import { DaybookError } from '../error.ts';
import type { MacroFile, Parameters } from '../report/report.ts';
import { tokenize } from '../report/tokens.ts';
import { sendable, type SentError } from './child.ts';
import { engineError, placeAt, type SqlText } from './engine-error.ts';
import { checkTree, readTrees, type Surroundings } from './gate.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { serve, type Request } from './serve.ts';
import { waitingMacros } from './waiting-macros.ts';

/** The program that reads SQL and has no data: what a text does to the engine's parser, it does to this process. */

export type ParseRequest = Request & (
  | { kind: 'open'; macros: MacroFile[]; sources: string[] }
  | { kind: 'admit'; queries: GatedQuery[] }
  | { kind: 'tree'; sql: string }
);

export interface GatedQuery {
  query: SqlText;
  parameters: Parameters;
  sources: string[];
}

let sandbox: Sandbox | null = null;
let waiting: ReadonlyMap<string, ReadonlySet<string>> = new Map();

serve(async (request: ParseRequest): Promise<(SentError | null)[] | string | null> => {
  switch (request.kind) {
    case 'open': return open(request);
    case 'admit': return admitAll(request.queries);
    case 'tree': return readTree(request.sql);
  }
});

/** What is wrong with macros whatever data there is. */
async function open({ macros, sources, memoryMb }: Extract<ParseRequest, { kind: 'open' }>): Promise<SentError[]> {
  sandbox?.close();
  sandbox = null;
  sandbox = await openSandbox({ sources: [], macros, memoryMb });
  const { brokenMacros } = sandbox.surroundings;
  waiting = waitingMacros(brokenMacros, new Set(sources));
  return [...brokenMacros].flatMap(([name, error]) => (waiting.has(name) ? [] : [sendable(error)]));
}

async function admitAll(queries: readonly GatedQuery[]): Promise<(SentError | null)[]> {
  const trees = await treesOf(queries.map(({ query }) => query));
  const surroundings = new Map<string, Around>();
  const answers: (SentError | null)[] = [];
  for (const [index, query] of queries.entries()) {
    const key = query.sources.join(' ');
    const around = surroundings.get(key) ?? aroundOf(query.sources);
    surroundings.set(key, around);
    answers.push(await refusalOf(query, trees[index]!, around));
  }
  return answers;
}

/** A text that is wrong is an answer; only what the engine cannot bear is an error, and the parent looks for the text at fault. */
async function treesOf(texts: SqlText[]): Promise<string[]> {
  try {
    return await readTrees(sandbox!.connection, texts.map(({ sql }) => sql));
  } catch (cause) {
    throw engineError(cause, texts[0]!, 'query-crashed');
  }
}

interface Around extends Omit<Surroundings, 'parameters'> {
  /** Why a macro cannot be used with these sources. */
  undeclared: ReadonlyMap<DaybookError, string>;
}

/** Macros that read sources are as good as these sources let them be. */
function aroundOf(sources: readonly string[]): Around {
  const { surroundings } = sandbox!;
  const declared = new Set(sources);
  const tableMacros = new Set(surroundings.tableMacros);
  const brokenMacros = new Map(surroundings.brokenMacros);
  const undeclared = new Map<DaybookError, string>();
  for (const [macro, needed] of waiting) {
    const source = [...needed].find((name) => !declared.has(name));
    tableMacros.add(macro);
    brokenMacros.delete(macro);
    if (source === undefined) continue;
    const error = new DaybookError('source-unknown', `macro "${macro}" reads the source "${source}", which the report does not declare`, {}, 'Name the source under `sources`.');
    brokenMacros.set(macro, error);
    undeclared.set(error, macro);
  }
  return { ...surroundings, sources, tableMacros, brokenMacros, undeclared };
}

async function refusalOf({ query, parameters }: GatedQuery, tree: string, around: Around): Promise<SentError | null> {
  try {
    await checkTree(sandbox!.connection, query, tree, { ...around, parameters: ['as_of', ...Object.keys(parameters)] });
    return null;
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    const macro = around.undeclared.get(cause);
    return sendable(macro === undefined ? cause : new DaybookError(cause.code, cause.message, placeOfCall(query, macro), cause.hint));
  }
}

function placeOfCall(query: SqlText, macro: string): DaybookError['place'] {
  const call = tokenize(query.sql).find(({ kind, value }, index, all) => (kind === 'word' || kind === 'quoted') && value.toLowerCase() === macro && all[index + 1]?.value === '(');
  return placeAt(query, call && Buffer.byteLength(query.sql.slice(0, call.at)));
}

/** A query's tree is about a hundred times as long as the query. */
const LARGEST_TREE = 20_000_000;

async function readTree(sql: string): Promise<string | null> {
  const [tree] = await treesOf([{ file: '', sql }]);
  return tree!.length > LARGEST_TREE || tree!.startsWith('{"error":true') ? null : tree!;
}
