import { asKnownError, truncate, type DaybookError } from '../../error.ts';
import { addFinding, INPUTS, readPage, type Page } from './evidence-page.ts';
import { nameWithoutFormat } from './evidence-format.ts';
import { composeQuery, type Query } from './evidence-sql.ts';
import { narrativeOf } from './evidence-text.ts';
import type { ImportFinding, ImportPlan, PlannedReport, Resolve, ShownComponent, Texts } from './import-plan.ts';
import { labelOf, oneLineOf, safeNames } from './words.ts';
import { segmentsOf, uniqueName } from './import-names.ts';

/** Components that show single values; a page's figures of several queries stand together in one report. */
const FIGURES = /^(BigValue|Value|Delta)$/;
const PAGES = /^(?:src\/)?pages\/(.*)\.md$/;

/** @param texts by path relative to the project */
export function isEvidence(texts: Texts): boolean {
  return [...texts.keys()].some((file) => PAGES.test(file));
}

/**
 * One report for each query that a chart or a table shows, and one for all figures of a page that stand in queries
 * of their own: a report has one result, and every number cites it. The page's words go to its largest report.
 */
export function planEvidence(texts: Texts, resolve: Resolve): ImportPlan {
  const plan: ImportPlan = { reports: [], findings: [] };
  const names = new Set<string>();
  for (const file of [...texts.keys()].filter((one) => PAGES.test(one)).sort()) {
    try {
      planPage(readPage(file, texts), names, resolve, plan);
    } catch (cause) {
      const error = asKnownError(cause);
      if (!error) throw cause;
      plan.findings.push(findingOfError(file, error));
    }
  }
  return plan;
}

export function findingOfError(file: string, error: DaybookError): ImportFinding {
  return { kind: 'block', file: error.place.file ?? file, line: error.place.line ?? 1, what: error.message.split('\n')[0]!, remedy: error.remedy };
}

function planPage(page: Page, names: Set<string>, resolve: Resolve, plan: ImportPlan): void {
  const { narrative, heading } = narrativeOf(page);
  const segments = segmentsOf(PAGES.exec(page.file)![1]!.replace(/(^|\/)\+page$/, '$1index'));
  const title = titleOf(page.title) ?? titleOf(heading) ?? labelOf(segments.at(-1)!.replaceAll('-', ' '));
  const groups = groupsOf(page);
  nameUnused(page, groups);
  const isNamed = ({ query }: Group): number => Number(segmentsOf(query.name)[0] === segments.at(-1));
  const [main] = [...groups].toSorted((a, b) => b.shown.length - a.shown.length || isNamed(b) - isNamed(a));
  if (main === undefined) {
    // A page of words alone is no report; what was found on it is still told.
    plan.findings.push(...page.findings, ...(page.pieces.length > 0 ? [{ kind: 'note' as const, file: page.file, line: 1, what: 'the page shows no query, so it is no report', remedy: '' }] : []));
    return;
  }
  for (const group of groups) {
    const { query, shown } = group;
    const isMain = group === main;
    const last = isMain ? [] : segmentsOf(query.name);
    const name = uniqueName([...segments.slice(0, -1), [segments.at(-1)!, ...last].join('-')].join('/'), names);
    const own = group.joined ? null : titleOf(shown.map(({ attributes }) => attributes.get('title')).find((text) => text !== undefined && titleOf(text) !== null) ?? null);
    const report: PlannedReport = {
      name, title: truncate(isMain ? title : `${title}: ${own ?? labelOf(nameWithoutFormat(query.name))}`, 160),
      description: isMain ? page.description : null, from: { file: query.file, line: query.line }, page: page.file,
      sql: '', sources: [], parameters: {}, narrative: isMain ? narrative : null, shown, timeless: group.joined, findings: isMain ? [...page.findings] : [],
    };
    try {
      const composed = composeQuery(query.name, group.queries, page.inputs, resolve);
      plan.reports.push({ ...report, ...composed, findings: [...report.findings, ...composed.findings] });
    } catch (cause) {
      const error = asKnownError(cause);
      if (!error) throw cause;
      plan.reports.push({ ...report, findings: [...report.findings, findingOfError(page.file, error)] });
    }
  }
}

/** Queries that are in no report, not even as a part of one: nobody would miss them, and their numbers would be gone. */
function nameUnused(page: Page, groups: readonly Group[]): void {
  const used = new Set<Query>();
  const use = (query: Query, queries: Group['queries']): void => {
    if (used.has(query)) return;
    used.add(query);
    for (const [, name] of query.sql.matchAll(/\$\{\s*([\p{L}_][\p{L}\p{N}_]*)\s*\}/gu)) if (queries.has(name!)) use(queries.get(name!)!, queries);
  };
  for (const { query, queries } of groups) use(query, queries);
  const chosen = new Set(page.pieces.flatMap((piece) => (piece.kind === 'tag' && INPUTS.has(piece.name) ? (piece.attributes.get('data') ?? []) : [])));
  for (const query of page.queries.values()) {
    // Of a file that pages share, another one may show it.
    if (used.has(query) || query.file !== page.file) continue;
    const isChosen = chosen.has(query.name);
    const why = isChosen ? 'readers chose from it' : 'no chart or table shows it';
    page.findings.push({ kind: isChosen ? 'note' : 'decide', file: query.file, line: query.line, what: `the query ${oneLineOf(query.name)} is not imported: ${why}`, remedy: isChosen ? '' : 'If its numbers are wanted, make a report of it: `npx daybook new --sql`.' });
  }
}

/** A title that people wrote, without code in braces. */
function titleOf(text: string | null): string | null {
  const line = text === null || /[{}<>]/.test(text) ? '' : oneLineOf(text.replace(/[*_`]/g, ''), 150).trim();
  return line === '' ? null : line;
}

interface Group {
  query: Query;
  /** Figures of several queries: their dates are no history. */
  joined: boolean;
  shown: ShownComponent[];
  /** The page's queries, with that of the figures where there is one. */
  queries: ReadonlyMap<string, Query>;
}

function groupsOf(page: Page): Group[] {
  const byQuery = new Map<string, ShownComponent[]>();
  for (const shown of page.shown) {
    const data = shown.attributes.get('data')!;
    const name = /^([\p{L}_][\p{L}\p{N}_]*)(?:\[\d+\])?$/u.exec(data)?.[1];
    if (name !== undefined && page.queries.has(name)) byQuery.set(name, [...(byQuery.get(name) ?? []), shown]);
    else addFinding(page, 'decide', shown.line, `<${oneLineOf(shown.component)}> shows ${name === undefined ? 'what code computes' : `${oneLineOf(name)}, which is no query of the page`}`, 'Write a query for it.');
  }
  const figures = [...byQuery].filter(([name, all]) => all.every(({ component }) => FIGURES.test(component)) && isOneRow(page.queries.get(name)!.sql));
  const groups = [...byQuery].filter(([name]) => figures.length < 2 || !figures.some(([one]) => one === name)).map(([name, shown]): Group => ({ query: page.queries.get(name)!, joined: false, shown, queries: page.queries }));
  return figures.length < 2 ? groups : [figuresOf(page, figures), ...groups];
}

/** Without groups a query of figures has one row, as far as its text tells; one with groups has a history or parts, and stands alone. */
function isOneRow(sql: string): boolean {
  return !/\bgroup\s+by\b|\bover\s*\(/i.test(sql);
}

/** One row with the first row's value of each figure, as the page showed it. */
function figuresOf(page: Page, figures: [string, ShownComponent[]][]): Group {
  const items = figures.flatMap(([query, all]) => all.flatMap((shown) => {
    const column = shown.attributes.get('value') ?? shown.attributes.get('column');
    return column === undefined ? [] : [{ query, column, shown }];
  }));
  const unique = [...new Map(items.map((item) => [`${item.query}.${item.column}`, item])).values()];
  const labels = safeNames(unique.map(({ query, column }) => `${query} ${nameWithoutFormat(column)}`));
  const sql = unique.length === 0 ? 'SELECT 1 AS one' : `SELECT\n${unique.map(({ query, column }, index) => `  (SELECT "${column.replaceAll('"', '""')}" FROM \${${query}} LIMIT 1) AS ${labels[index]}`).join(',\n')}`;
  const first = page.queries.get(figures[0]![0])!;
  const free = uniqueName('figures', new Set(page.queries.keys()));
  const query: Query = { name: free, sql, file: first.file, line: first.line };
  const shown = unique.map(({ column, shown: one }, index): ShownComponent => ({ ...one, attributes: new Map([...one.attributes, ['value', labels[index]!], ['title', one.attributes.get('title') ?? labelOf(nameWithoutFormat(column))], ...formatAsWas(column, one)]) }));
  return { query, joined: true, shown, queries: new Map([...page.queries, [free, query]]) };
}

/** The new name of a column does not say its format any more. */
function formatAsWas(column: string, { attributes }: ShownComponent): [string, string][] {
  const tag = /_((?:usd|eur|gbp|num|pct)\d?[kmb]?)$/i.exec(column)?.[1];
  return attributes.has('fmt') || tag === undefined ? [] : [['fmt', tag]];
}
