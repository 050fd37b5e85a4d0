import { truncate, whatOf, type DaybookError } from '../../error.ts';
import type { Broken, Definitions } from '../../report/load.ts';
import type { Report } from '../../report/report.ts';
import { isReadBy, patternsOf } from '../../report/source-files.ts';
import { digestJson } from '../../snapshot/canonical.ts';
import { indexMacros, reachedMacros, type MacroIndex } from '../sql/macro-reach.ts';
import { definitionDifference, sourceDifference } from './definition-keys.ts';

/** `described`: only words and looks have changed, no number can. */
export type ChangeKind = 'added' | 'removed' | 'modified' | 'described';

/** Why a report is affected. */
export interface Cause {
  kind: 'query' | 'macro' | 'definition' | 'parameters' | 'source' | 'data' | 'settings' | 'words' | 'unreadable';
  /** The file that has changed, relative to the instance's root. */
  file: string;
  /** What in it: keys, names; plain text, of one line. Empty where the file says it all. */
  detail: string;
  /** The first of the head’s lines that is not as before, from 1; missing where the file has none: data, and what is gone. */
  line?: number;
}

export interface Impact {
  /** Its id. */
  report: string;
  change: ChangeKind;
  causes: Cause[];
  /** The id that the base has it under, where that is another. */
  was?: string;
}

interface ImpactSides {
  base: Definitions;
  head: Definitions;
  /** Macros whose statements differ, by name, with the file to name. */
  macros: { base: MacroIndex; head: MacroIndex; changed: ReadonlyMap<string, string> };
  /** Data files that have changed, by the names of the sources that read them. */
  data: ReadonlyMap<string, string[]>;
  /** All files that have changed. */
  files: ReadonlySet<string>;
  moved: ReadonlyMap<string, string>;
}

/** What differs between the two sides beside the definitions. */
interface Differing {
  /** All files that do, byte for byte, relative to the root. */
  files: readonly string[];
  /** As sources name them, also where they lead elsewhere. */
  data: readonly string[];
  /** Reports that the base has under another id, by their new ones: there, `base` has them under the new ones too. */
  moved: ReadonlyMap<string, string>;
}

/**
 * The reports that a change affects, by what they depend on and not by the files it touches; in order of ids. The engine is
 * the same on both sides, since both run here.
 */
export function impactOf(base: Definitions, head: Definitions, { files, data, moved }: Differing): Impact[] {
  const sides: ImpactSides = { base, head, macros: macrosOf(base, head), data: dataOf(base, head, data), files: new Set(files), moved };
  const ids = new Set([base, head].flatMap(({ reports, broken }) => [...reports.keys(), ...broken.keys()]));
  return [...ids].sort().flatMap((id) => {
    const [old, now] = [base.reports.get(id), head.reports.get(id)];
    const [oldBroken, nowBroken] = [base.broken.get(id), head.broken.get(id)];
    if (!old && !oldBroken) return [{ report: id, change: 'added' as const, causes: now ? [...wholeCauses(now), ...newSources(now, sides)] : [unreadable(id, nowBroken!)] }];
    if (!now && !nowBroken) return [{ report: id, change: 'removed' as const, causes: old ? wholeCauses(old) : [unreadable(id, oldBroken!)] }];
    if (old && now) return modified(id, old, now, sides);
    if (oldBroken && nowBroken && sameProblems(oldBroken, nowBroken)) return stillBroken(id, oldBroken, nowBroken, sides);
    return [{ report: id, change: 'modified' as const, causes: [nowBroken ? unreadable(id, nowBroken) : unreadable(id, oldBroken!, 'before: ')] }];
  });
}

function modified(id: string, old: Report, now: Report, sides: ImpactSides): Impact[] {
  const causes = [...queryCauses(old, now, sides), ...definitionCauses(old, now, sides), ...sourceCauses(old, now, sides)];
  const was = sides.moved.get(id);
  if (was !== undefined) return [{ report: id, change: 'modified', causes: [{ kind: 'definition', file: now.file, detail: `was ${was}` }, ...causes], was }];
  if (causes.length === 0) return [];
  return [{ report: id, change: causes.every(({ kind }) => kind === 'words') ? 'described' : 'modified', causes }];
}

/** What cannot be read on either side is not affected where its files are the same; where any differs, nobody knows what it does. */
function stillBroken(id: string, old: Broken, now: Broken, sides: ImpactSides): Impact[] {
  const { files, data, macros } = sides;
  const changed = (kind: Cause['kind'], file: string): Cause[] => (files.has(file) ? [{ kind, file, detail: '' }] : []);
  const named = [old, now].map(({ sources }) => sources);
  // A file that does not say what it reads may read all.
  const sources = named.includes(null) ? [...files].filter((file) => SOURCE_FILE.test(file)) : named.flat().flatMap((name) => [`queries/sources/${name}.yml`, `queries/sources/${name}.yaml`]);
  const read = named.includes(null) ? [...data.values()].flat() : named.flat().flatMap((name) => data.get(name!) ?? []);
  const queries = [...new Set([old, now].flatMap(({ query }) => query?.file ?? []))];
  const causes = [
    ...[`reports/${id}.yml`, `reports/${id}.yaml`].flatMap((file) => changed('definition', file)),
    ...queries.flatMap((file) => changed('query', file)),
    ...(macros.changed.size > 0 ? macroCauses(old.query?.sql ?? '', now.query?.sql ?? '', macros) : []),
    ...[...new Set(sources)].flatMap((file) => changed('source', file)),
    ...[...new Set(read)].map((file): Cause => ({ kind: 'data', file, detail: '' })),
  ];
  return causes.length === 0 ? [] : [{ report: id, change: 'modified', causes: [...causes, unreadable(id, now, 'before and after: ')] }];
}

const SOURCE_FILE = /^queries\/sources\/[^/]+\.ya?ml$/;

function queryCauses(old: Report, now: Report, { macros }: ImpactSides): Cause[] {
  const query: Cause[] = old.query.sql === now.query.sql ? [] : [{ kind: 'query', file: now.query.file, detail: '' }];
  return macros.changed.size === 0 ? query : [...query, ...macroCauses(old.query.sql, now.query.sql, macros)];
}

function macroCauses(old: string, now: string, macros: ImpactSides['macros']): Cause[] {
  const reached = new Set([...reachedMacros(old, macros.base), ...reachedMacros(now, macros.head)].map(({ name }) => name));
  const files = Map.groupBy([...reached].filter((name) => macros.changed.has(name)), (name) => macros.changed.get(name)!);
  return [...files].map(([file, names]): Cause => ({ kind: 'macro', file, detail: listOf(names) }));
}

function macrosOf(base: Definitions, head: Definitions): ImpactSides['macros'] {
  const [old, now] = [indexMacros(base.macros), indexMacros(head.macros)];
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name)?.text !== now.get(name)?.text);
  return { base: old, head: now, changed: new Map(changed.map((name) => [name, (now.get(name) ?? old.get(name)!).file])) };
}

/** What a report has from daybook.yml is a cause of its own: one line there changes many reports. */
function definitionCauses(old: Report, now: Report, sides: ImpactSides): Cause[] {
  if (JSON.stringify(old) === JSON.stringify(now)) return [];
  const { result, parameters, words } = definitionDifference(old, now);
  const settings = new Map([...result, ...words].flatMap((key) => {
    const named = settingOf(key, old, now, sides);
    return named === null ? [] : [[key, named]];
  }));
  const own = (keys: string[]): string[] => keys.filter((key) => !settings.has(key));
  const cause = (kind: Cause['kind'], file: string, keys: string[]): Cause[] => (keys.length > 0 ? [{ kind, file, detail: listOf(keys) }] : []);
  const narrative: Cause[] = (old.narrative ?? '') === (now.narrative ?? '') ? [] : [{ kind: 'words', file: now.file.replace(/\.ya?ml$/, '.md'), detail: '' }];
  return [
    ...cause('definition', now.file, own(result).map((key) => spelled(key, formulaOf(key, old), formulaOf(key, now)))),
    ...cause('parameters', now.file, parameters.map((name) => spelled(name, parameterOf(name, old), parameterOf(name, now)))),
    ...cause('settings', 'daybook.yml', result.flatMap((key) => settings.get(key) ?? [])),
    ...cause('words', now.file, own(words)),
    ...cause('words', 'daybook.yml', words.flatMap((key) => settings.get(key) ?? [])),
    ...narrative,
  ];
}

type Said = string | number | boolean | undefined;

/** What it was and is, where it is there on both sides: a key alone says little. */
function spelled(key: string, before: Said, after: Said): string {
  return before !== undefined && after !== undefined && before !== after ? `${key}: ${String(before)} → ${String(after)}` : key;
}

/** @param key as definitionDifference gives it; that of a metric is `metrics.<name>`, with `.value` behind it where both have it */
function formulaOf(key: string, { metrics }: Report): Said {
  const [group, name] = key.split('.');
  return group === 'metrics' ? metrics.find((metric) => metric.name === name)?.value : undefined;
}

function parameterOf(name: string, { parameters }: Report): Said {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}

/** The key of daybook.yml that a report's value follows on both sides, or null where it is the report's own. */
function settingOf(key: string, old: Report, now: Report, { base, head }: ImpactSides): string | null {
  const [above = '', name = ''] = key.split('.');
  if (above !== 'limits' && key !== 'schedule.timezone' && key !== 'schedule.catch_up') return null;
  const group = name === 'rows' || name === 'bytes' ? 'limits' : 'defaults';
  const follows = (report: Report, { instance }: Definitions): boolean => (report[above as 'limits' | 'schedule'] as { [name: string]: unknown })[name] === (instance[group] as { [name: string]: unknown })[name];
  return follows(old, base) && follows(now, head) ? `${group}.${name}` : null;
}

function sourceCauses(old: Report, now: Report, { base, head, data }: ImpactSides): Cause[] {
  const names = [...new Set([...old.sources, ...now.sources])];
  const pairs = names.map((name) => [base.sources.get(name), head.sources.get(name)] as const);
  const written = pairs.flatMap(([before, after]): Cause[] => {
    if (!before || !after) return after || before ? [{ kind: 'source', file: (after ?? before)!.file, detail: after ? 'new' : 'gone' }] : [];
    if (before === after) return [];
    const { result, words } = sourceDifference(before, after);
    const cause = (kind: Cause['kind'], keys: string[]): Cause[] => (keys.length > 0 ? [{ kind, file: after.file, detail: listOf(keys) }] : []);
    return [...cause('source', result), ...cause('words', words)];
  });
  const roots = names.length > 0 && digestJson(base.instance.source_roots) !== digestJson(head.instance.source_roots);
  const files = new Set(names.flatMap((name) => data.get(name) ?? []));
  return [
    ...(roots ? [{ kind: 'settings', file: 'daybook.yml', detail: 'source_roots' } as const] : []),
    ...written,
    ...[...files].map((file): Cause => ({ kind: 'data', file, detail: '' })),
  ];
}

/** Asked once a source, since many reports read the same. */
function dataOf(base: Definitions, head: Definitions, changed: readonly string[]): ImpactSides['data'] {
  const names = new Set([...base.sources.keys(), ...head.sources.keys()]);
  const patterns = (name: string): string[] => patternsOf([base, head].flatMap(({ sources }) => sources.get(name) ?? []));
  return new Map([...names].map((name) => {
    const asked = patterns(name);
    return [name, changed.filter((file) => isReadBy(asked, file))];
  }));
}

function wholeCauses({ file, query }: Report): Cause[] {
  return [{ kind: 'definition', file, detail: '' }, { kind: 'query', file: query.file, detail: '' }];
}

/** What comes with a report that is new itself. */
function newSources({ sources }: Report, { base, head, data }: ImpactSides): Cause[] {
  return sources.filter((name) => !base.sources.has(name)).flatMap((name): Cause[] => [
    ...(head.sources.has(name) ? [{ kind: 'source', file: head.sources.get(name)!.file, detail: 'new' } as const] : []),
    ...(data.get(name) ?? []).map((file): Cause => ({ kind: 'data', file, detail: '' })),
  ]);
}

function unreadable(id: string, { problems }: Broken, before = ''): Cause {
  const problem = problems[0];
  return { kind: 'unreadable', file: problem?.place.file ?? `reports/${id}.yml`, detail: `${before}${oneLine(problem ? whatOf(problem) : '')}` };
}

function sameProblems(a: Broken, b: Broken): boolean {
  const said = ({ problems }: Broken): string => JSON.stringify(problems.map(({ code, message, place }: DaybookError) => [code, message, place.file]));
  return said(a) === said(b);
}

const MOST_NAMES = 12;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(oneLine).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

function oneLine(text: string): string {
  return truncate(text.replace(/\s+/g, ' '), 200);
}
