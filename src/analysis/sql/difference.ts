import type { MacroFile } from '../../report/report.ts';
import { classesOf, SQL_CLASSES, type SqlClass } from './class.ts';
import { lineDifference } from './line-difference.ts';
import { macroBodies } from './macro-body.ts';
import { indexMacros, macrosNamedIn, reachedMacros, type MacroDefinition } from './macro-reach.ts';
import { normalTree, type MacroTrees, type Tree } from './tree.ts';

export interface SqlDifference {
  /** All that apply, in the order of SQL_CLASSES; `same` and `format` stand alone. Empty where one side has no query. */
  classes: SqlClass[];
  /** Lines of a unified difference, with three lines around; of query and macros that the report reaches. */
  lines: string[];
}

/** A report's query, and after it files of macros, of which those count that it reaches; empty where there is no report. */
export type SqlTexts = readonly MacroFile[];

/** The tree of a SELECT as DuckDB's `json_serialize_sql` gives it, or null where the text is none. */
type TreeOf = (sql: string) => Promise<unknown>;

/** What differs between the SQL of two sides, in lines and in kind. */
export async function sqlDifference(base: SqlTexts, head: SqlTexts, treeOf: TreeOf): Promise<SqlDifference> {
  const [old, now] = [sideOf(base), sideOf(head)];
  const lines = linesOf(old, now);
  if (!old || !now) return { classes: [], lines };
  if (old.query.sql === now.query.sql && changedMacros(old, now).length === 0) return { classes: ['same'], lines };
  const found = await classesBetween(old, now, treeOf);
  return { classes: SQL_CLASSES.filter((one) => found.has(one)), lines };
}

interface SqlSide {
  query: MacroFile;
  macros: MacroFile[];
  index: ReturnType<typeof indexMacros>;
  reached: MacroDefinition[];
}

function sideOf(texts: SqlTexts): SqlSide | null {
  const [query, ...macros] = texts;
  if (query === undefined) return null;
  const index = indexMacros(macros);
  return { query, macros, index, reached: reachedMacros(query.sql, index) };
}

/** Of a file of macros, only where one that is reached has changed: what else is in it is nothing of the report's. */
function linesOf(old: SqlSide | null, now: SqlSide | null): string[] {
  const file = (now ?? old)?.query.file ?? '';
  const query = lineDifference({ file: old?.query.file ?? file, text: old?.query.sql ?? '' }, { file, text: now?.query.sql ?? '' });
  const changed = changedMacros(old, now);
  const files = [...(old?.macros ?? []), ...(now?.macros ?? [])].filter(({ sql }) => changed.some((name) => indexMacros([{ file: '', sql }]).has(name)));
  const names = [...new Set(files.map(({ file }) => file))];
  const textOf = (side: SqlSide | null, file: string): string => side?.macros.find((one) => one.file === file)?.sql ?? '';
  return [...query, ...names.flatMap((file) => lineDifference({ file, text: textOf(old, file) }, { file, text: textOf(now, file) }))];
}

/** Names of macros that one side reaches and that are another text on the other. */
function changedMacros(old: SqlSide | null, now: SqlSide | null): string[] {
  const reached = [...(old?.reached ?? []), ...(now?.reached ?? [])].map(({ name }) => name);
  return [...new Set(reached)].filter((name) => old?.index.get(name)?.text !== now?.index.get(name)?.text);
}

async function classesBetween(old: SqlSide, now: SqlSide, treeOf: TreeOf): Promise<ReadonlySet<SqlClass>> {
  const [before, after] = await Promise.all([treesOf(old, treeOf), treesOf(now, treeOf)]);
  if (!before || !after) return new Set(['unknown']);
  try {
    const found = classesOf(normalTree(before.query, before.macros), normalTree(after.query, after.macros));
    // The trees are the same as far as they could be read.
    const changed = changedMacros(old, now);
    const unseen = new Set([...inDefaults(old, before.macros), ...inDefaults(now, after.macros)]);
    const hidden = changed.some((name) => unseen.has(name)) || (changed.length > 0 && [...before.macros.values(), ...after.macros.values()].includes(null));
    // What is reached by a name may be that of a column, or of a table of WITH: such a macro can be another one, and the query the same.
    const isUncalled = found.has('format') && changed.some((name) => !classesOf(normalTree(callOf(name), before.macros), normalTree(callOf(name), after.macros)).has('format'));
    if (!hidden) return isUncalled ? new Set(['same']) : found;
    return new Set([...[...found].filter((one) => one !== 'format'), 'unknown']);
  } catch (cause) {
    if (cause instanceof RangeError) return new Set(['unknown']);
    throw cause;
  }
}

/** Names that parameters of macros have by default stand in no tree, nor does what these call. */
function inDefaults({ index }: SqlSide, macros: MacroTrees): ReadonlySet<string> {
  const written = [...macros.values()].flatMap((macro) => macro?.parameters ?? []);
  return new Set(macrosNamedIn(written.join(' '), index).map(({ name }) => name));
}

function callOf(macro: string): Tree {
  return { class: 'FUNCTION', function_name: macro };
}

/** Null where the query is none. */
async function treesOf({ query, macros, reached }: SqlSide, treeOf: TreeOf): Promise<{ query: Tree; macros: MacroTrees } | null> {
  const tree = statementOf(await treeOf(query.sql));
  if (tree === null) return null;
  const bodies = macroBodies(macros);
  const trees = await Promise.all(reached.map(async ({ name }) => {
    const found = bodies.get(name) ?? [];
    const read = await Promise.all(found.map(async ({ table, sql }) => {
      const body = statementOf(await treeOf(sql));
      return table || body === null ? body : ((body['select_list'] as Tree[] | undefined)?.[0] ?? null);
    }));
    const all = read.filter((one) => one !== null);
    return [name, found.length > 0 && all.length === found.length ? { parameters: found.map(({ parameters }) => parameters), trees: all } : null] as const;
  }));
  return { query: tree, macros: new Map(trees) };
}

function statementOf(tree: unknown): Tree | null {
  const { statements } = (tree ?? {}) as { statements?: { node: Tree }[] };
  return statements?.length === 1 ? statements[0]!.node : null;
}
