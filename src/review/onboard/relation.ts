import { nameSql } from './names.ts';

/** The rows that a query is proposed over: those of a source, or what a SELECT before it makes of them. */
export interface Relation {
  /** As FROM has it. */
  name: string;
  /** Comment and WITH before the query; empty where they are those of the source. */
  head: string;
  /** What a person should know of it. */
  notes: readonly string[];
}

/** @param sql a SELECT, which becomes a CTE of that name @param notes sentences without a full stop, each one line: they become comments */
export function relationMade(name: string, sql: string, notes: readonly string[]): Relation {
  return { name, head: `${notes.map((note) => `-- ${note[0]!.toUpperCase()}${note.slice(1)}.\n`).join('')}WITH ${nameSql(name)} AS (\n${sql}\n)\n`, notes };
}

/** All of its rows, as a SELECT. */
export function allOf({ name, head }: Pick<Relation, 'name' | 'head'>): string {
  return `${head}SELECT * FROM ${nameSql(name)}`;
}
