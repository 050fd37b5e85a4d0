import { macroFilesOf } from '../../src/analysis/sql/macro-reach.ts';
import { queryFileOf, type Definitions } from '../../src/report/load.ts';
import { isBelow, isReadBy, patternsOf } from '../../src/report/source-files.ts';
import type { ProposedReport } from '../../src/review/proposal-text.ts';
import type { ChangedFile } from '../../src/store/changed-files.ts';
import { selectIds } from '../instance/select.ts';

/** What a proposal is made of. */
export interface ChosenFiles extends Subjects {
  /** Of the reports that are named. */
  ids: string[];
  files: ChangedFile[];
}

/** What files are about. */
export interface Subjects {
  reports: ProposedReport[];
  /** Names. */
  sources: string[];
  /** Other files of definitions, which belong to no report here. */
  others: string[];
}

const DEFINITION = /^(?:reports\/.+\.(?:ya?ml|md)|queries\/.+\.(?:sql|ya?ml))$/;
const REPORT = /^reports\/(.+)\.(?:ya?ml|md)$/;
const SOURCE = /^queries\/sources\/([^/]+)\.ya?ml$/;

/**
 * Of the files that differ, the definitions that words name (all, without words), with what they read: new data too, where the
 * source that names it differs.
 * @throws `report-unknown`, `report-ambiguous`
 */
export function chooseFiles(words: string[], definitions: Definitions, differing: readonly ChangedFile[]): ChosenFiles {
  const { reports, broken, sources } = definitions;
  const definition = differing.filter(({ path }) => DEFINITION.test(path));
  const gone = definition.flatMap(({ path, change }) => (change === 'deleted' && path.endsWith('ml') ? REPORT.exec(path)?.[1] ?? [] : []));
  const ids = selectIds(words, new Set([...reports.keys(), ...broken.keys(), ...gone]));
  const wanted = new Set(ids.flatMap((id) => filesOf(id, definitions)));
  const chosen = words.length === 0 ? definition : definition.filter(({ path }) => wanted.has(path));
  const described = [...sources.values()].filter(({ file }) => chosen.some(({ path }) => path === file));
  const patterns = patternsOf(described).filter(isBelow);
  const data = differing.filter(({ path, change }) => change === 'added' && !DEFINITION.test(path) && isBelow(path) && isReadBy(patterns, path));
  const files = [...chosen, ...data].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ids, files, ...subjects(definitions, files) };
}

/** Which reports the files are of, and what is of none. */
export function subjects({ reports, broken }: Definitions, files: readonly ChangedFile[]): Subjects {
  const definition = files.filter(({ path }) => DEFINITION.test(path));
  const byQuery = Map.groupBy(reports.values(), ({ query }) => query.file);
  const changed = new Map<string, ProposedReport['change']>();
  const sources: string[] = [];
  const others: string[] = [];
  for (const { path, change } of definition) {
    const id = REPORT.exec(path)?.[1];
    const source = SOURCE.exec(path)?.[1];
    const asked = byQuery.get(path) ?? [];
    if (id !== undefined && path.endsWith('ml')) changed.set(id, change === 'deleted' && (reports.has(id) || broken.has(id)) ? 'changed' : change);
    else if (id !== undefined && reports.has(id)) changed.set(id, changed.get(id) ?? 'changed');
    else if (source !== undefined) sources.push(source);
    else if (asked.length === 0) others.push(path);
    for (const report of asked) changed.set(report.id, changed.get(report.id) ?? 'changed');
  }
  // The query of a report that is gone goes with it.
  const left = others.filter((path) => ![...changed].some(([id, change]) => change === 'deleted' && (path === queryFileOf(id) || path === `reports/${id}.md`)));
  const found = [...changed].map(([id, change]): ProposedReport => ({ id, change, report: reports.get(id) ?? null }));
  return { reports: found.sort((a, b) => (a.id < b.id ? -1 : 1)), sources, others: left };
}

/** All files that say what a report is; some may not be there. */
export function filesOf(id: string, { reports, sources, macros }: Definitions): string[] {
  const report = reports.get(id);
  const own = [`reports/${id}.yml`, `reports/${id}.yaml`, `reports/${id}.md`, queryFileOf(id)];
  if (!report) return own;
  const read = report.sources.flatMap((name) => sources.get(name)?.file ?? []);
  return [...own, report.query.file, ...read, ...macroFilesOf(report, macros).map(({ file }) => file)];
}
