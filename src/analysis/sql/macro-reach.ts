import { macroStatements } from '../../report/macro-name.ts';
import type { MacroFile, Report } from '../../report/report.ts';
import { calledNames, tokenize } from '../../report/tokens.ts';

/*
 * Which macros a query reaches: those that it calls by their names before a bracket, since the gate lets no other form of a call
 * pass, and those whose names stand as words in a macro that it reaches. No tree shows what parameters have by default, so in
 * macros a column of such a name counts too, which is on the safe side.
 */

/** What the files make of one name: several statements where more than one makes it. */
export interface MacroDefinition {
  /** In lower case. */
  name: string;
  /** Of the first statement. */
  file: string;
  /** A statement that makes no macro breaks those of its file, and is part of each. */
  text: string;
  words: ReadonlySet<string>;
}

export type MacroIndex = ReadonlyMap<string, MacroDefinition>;

/** By name in lower case, as `reachedMacros` asks. */
export function indexMacros(macros: readonly MacroFile[]): MacroIndex {
  const index = new Map<string, MacroDefinition>();
  for (const { file, sql } of macros) {
    const statements = macroStatements(sql);
    const strangers = statements.flatMap(({ name, sql: text }) => (name === null ? [text] : []));
    for (const { name, sql: text, tokens } of statements) {
      if (name === null) continue;
      const before = index.get(name);
      const whole = [...(before ? [before.text] : []), text.trimEnd(), ...strangers].join(';\n');
      index.set(name, { name, file: before?.file ?? file, text: whole, words: new Set([...(before?.words ?? []), ...wordsOf(tokens)]) });
    }
  }
  return index;
}

/** By a query, in the order in which they are met. */
export function reachedMacros(sql: string, index: MacroIndex): MacroDefinition[] {
  return index.size === 0 ? [] : reachedFrom(calledNames(tokenize(sql)), index);
}

/** From what stands within macros. @param sql need be no statement */
export function macrosNamedIn(sql: string, index: MacroIndex): MacroDefinition[] {
  return index.size === 0 ? [] : reachedFrom(wordsOf(tokenize(sql)), index);
}

function reachedFrom(names: Iterable<string>, index: MacroIndex): MacroDefinition[] {
  const reached = new Map<string, MacroDefinition>();
  const meet = (words: Iterable<string>): void => {
    for (const word of words) {
      const macro = index.get(word);
      if (macro && !reached.has(word)) reached.set(word, macro);
    }
  };
  meet(names);
  // The map grows under the loop, until nothing new is met.
  for (const { words } of reached.values()) meet(words);
  return [...reached.values()];
}

/**
 * The files that go where the query goes: those that make a macro that it reaches, and those that make one which another macro of
 * these files reaches. The engine makes all macros of a file, and one is broken that lacks what it calls.
 */
export function macroFilesOf({ query }: Pick<Report, 'query'>, macros: readonly MacroFile[]): MacroFile[] {
  const index = indexMacros(macros);
  const found = new Set<MacroFile>();
  const follow = (macrosMet: readonly MacroDefinition[]): void => {
    const reached = new Set(macrosMet.map(({ name }) => name));
    for (const macro of macros) if (macroStatements(macro.sql).some(({ name }) => name !== null && reached.has(name))) found.add(macro);
  };
  follow(reachedMacros(query.sql, index));
  // The set grows under the loop, until no other file is needed.
  for (const { sql } of found) follow(macrosNamedIn(sql, index));
  return macros.filter((macro) => found.has(macro));
}

function* wordsOf(tokens: ReturnType<typeof tokenize>): Generator<string> {
  for (const { kind, value } of tokens) if (kind === 'word' || kind === 'quoted') yield value.toLowerCase();
}
