import type { Definitions } from '../../report/load.ts';
import type { Report } from '../../report/report.ts';
import { digestJson } from '../../snapshot/canonical.ts';

/*
 * A report is its id: its history, its address and its rules hang on it. So a change that removes one and adds nearly the same under
 * another id has to be read as one report, or the new one would be held against nothing that the old one was.
 */

/** By what a report is known again, the surest first; null: by nothing of the kind. */
const MARKS: readonly ((report: Report) => unknown)[] = [
  (report) => ({ ...report, id: '', file: '', query: textOf(report) }),
  (report) => [textOf(report), report.title, report.team],
  textOf,
  ({ query }) => query.file,
  ({ title, team }) => [title, team],
  ({ team, sources, key, metrics }) => (metrics.length === 0 ? null : [team, sources, key, metrics.map(({ name, value }) => [name, value])]),
];

/** Ids of the head, each with the id that the base has the report under: one to one, the best match first, and by the order of ids where several are as good. */
export function movedReports(base: Definitions, head: Definitions): Map<string, string> {
  const moved = new Map<string, string>();
  const gone = only(base, head);
  if (gone.length === 0) return moved;
  const come = only(head, base);
  const taken = new Set<string>();
  for (const mark of MARKS) {
    // Of several that are as good, the one of the same name in another folder.
    for (const nameOf of [({ id }: Report) => id.split('/').at(-1)!, () => '']) {
      const keyOf = (report: Report): string | null => {
        const said = mark(report);
        return said === null ? null : digestJson([said, nameOf(report)]);
      };
      const known = Map.groupBy(gone.filter(({ id }) => !taken.has(id)), keyOf);
      for (const report of come.filter(({ id }) => !moved.has(id))) {
        const key = keyOf(report);
        const before = key === null ? undefined : known.get(key)?.find(({ id }) => !taken.has(id));
        if (!before) continue;
        moved.set(report.id, before.id);
        taken.add(before.id);
      }
    }
  }
  return moved;
}

/** The definitions with some reports under other ids. @param ids what each is from now on, by what it is */
export function underIds(definitions: Definitions, ids: ReadonlyMap<string, string>): Definitions {
  if (ids.size === 0) return definitions;
  return { ...definitions, reports: new Map([...definitions.reports].map(([id, report]) => [ids.get(id) ?? id, { ...report, id: ids.get(id) ?? id }])) };
}

/** Each the other way round. */
export function inverse(ids: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...ids].map(([a, b]) => [b, a]));
}

function only(one: Definitions, other: Definitions): Report[] {
  return [...one.reports.values()].filter(({ id }) => !other.reports.has(id) && !other.broken.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function textOf({ query }: Report): string {
  return query.sql.trim();
}
