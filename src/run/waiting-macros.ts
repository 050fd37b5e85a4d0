import type { DaybookError } from '../error.ts';

/**
 * The macros that failed in a sandbox without sources only because it has none, with the sources that each is known to
 * read. The engine stops at the first name that it does not find, so whatever else it said of a macro is true with
 * sources too; and a macro that waits may have more to be said of it.
 * @param broken by name in lower case, as createMacros gives them
 * @param sources names in lower case
 */
export function waitingMacros(broken: ReadonlyMap<string, DaybookError>, sources: ReadonlySet<string>): Map<string, ReadonlySet<string>> {
  const waiting = new Map<string, ReadonlySet<string>>();
  for (let before = -1; before < waiting.size; ) {
    before = waiting.size;
    for (const [macro, { message }] of broken) {
      const [, kind, written = ''] = /: (Table|[\w ]*Function) with name ([^\n]+?) does not exist/.exec(message) ?? [];
      const name = written.toLowerCase();
      if (kind === undefined || waiting.has(macro)) continue;
      if (kind === 'Table' && sources.has(name)) waiting.set(macro, new Set([name]));
      else if (kind !== 'Table' && waiting.has(name)) waiting.set(macro, waiting.get(name)!);
    }
  }
  return waiting;
}
