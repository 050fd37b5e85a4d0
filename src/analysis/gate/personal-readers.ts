import type { Definitions } from '../../report/load.ts';
import type { Report, Source } from '../../report/report.ts';
import { isReadBy, patternsOf } from '../../report/source-files.ts';
import { indexMacros, reachedMacros } from '../sql/macro-reach.ts';
import { listed } from './words.ts';

type Sides = { base: Definitions; head: Definitions };

/**
 * Reports that are new, or whose query has changed, and that read what another report marks as personal without a mark of their own: what
 * they return is shown. A sentence each, after the file.
 */
export function unmarkedReaders({ base, head }: Sides): string[] {
  const marking = [head, base].flatMap(({ reports, sources }) => [...reports.values()].filter(({ personal }) => personal.length > 0).map((report) => ({ report, sources: sourcesOf(report, sources) })));
  if (marking.length === 0) return [];
  const macros = { base: indexMacros(base.macros), head: indexMacros(head.macros) };
  const asked = (report: Report, side: 'base' | 'head'): string => JSON.stringify([report.query.sql, report.sources, reachedMacros(report.query.sql, macros[side]).map(({ text }) => text), report.parameters]);
  return [...head.reports.values()].flatMap((report) => {
    const before = base.reports.get(report.id);
    if (report.personal.length > 0 || (before && asked(before, 'base') === asked(report, 'head'))) return [];
    const own = sourcesOf(report, head.sources);
    for (const other of marking) {
      const read = other.report.id === report.id ? undefined : own.find((source) => other.sources.some((one) => isSameData(one, source)));
      if (read) return [`${report.file}: reads ${read.name}, of which ${other.report.id} marks ${listed(other.report.personal, 3)} as personal`];
    }
    return [];
  });
}

/**
 * What a report marks as personal among data that is named, as a sentence of it; null where nothing is.
 * @param names of sources
 * @param files paths from the root
 */
export function markedData({ reports, sources }: Pick<Definitions, 'reports' | 'sources'>, { names, files }: { names: readonly string[]; files: readonly string[] }): string | null {
  const named = names.flatMap((name) => sources.get(name) ?? []);
  for (const report of reports.values()) {
    const own = report.personal.length === 0 ? [] : sourcesOf(report, sources);
    const read = own.find((source) => named.some((one) => isSameData(one, source)) || files.some((file) => isReadBy(patternsOf([source]), file)));
    if (read) return `${read.name} is read here, of which ${report.id} marks ${listed(report.personal, 3)} as personal`;
  }
  return null;
}

function sourcesOf({ sources }: Report, all: ReadonlyMap<string, Source>): Source[] {
  return sources.flatMap((name) => all.get(name) ?? []);
}

/** One source, or two that read a file of each other. */
function isSameData(a: Source, b: Source): boolean {
  const [first, second] = [patternsOf([a]), patternsOf([b])];
  return a.name === b.name || first.some((file) => isReadBy(second, file)) || second.some((file) => isReadBy(first, file));
}
