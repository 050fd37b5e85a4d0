import type { ImportPlan, PlannedReport, Resolve, Texts } from './import-plan.ts';
import { rewriteTables, statementsOf, tableMade } from './import-sql.ts';
import { segmentsOf, uniqueName } from './import-names.ts';
import { commentOf } from './sql-comment.ts';
import { labelOf, oneLineOf } from './words.ts';

/** Of one file: more is no collection of reports, but a script. */
const MOST_STATEMENTS = 200;

/** Why a file becomes no report, and what to do. */
type Refusal = readonly [what: string, remedy: string];

const COMPILED: Refusal = ['a template in braces, not SQL', 'Let the tool that it belongs to compile it (`dbt compile`; in Superset, “View query”), and import what it writes.'];

/** What a text with variables of another tool is, and what to do; a variable in quotes counts too, since it would be compared as it stands. Null where it has none. */
function templateIn(sql: string): Refusal | null {
  // What is open to the end, and runs of spaces, would be looked through again from each place within.
  const plain = sql.replace(/--[^\n]*|\/\*[^]*?(?:\*\/|$)/g, '').replace(/\s+/g, ' ');
  const tag = /\{%[-+]? ?[a-z]/i.exec(plain);
  if ((tag && plain.includes('%}', tag.index + 2)) || /\{\{ ?[\w.]+ ?\(/.test(plain)) return COMPILED;
  const [, name] = /\{\{ ?([^{}'"]{1,80}?) ?\}\}/.exec(plain) ?? [];
  return name === undefined ? null : [`{{${oneLineOf(name, 40)}}} is a variable of another tool, such as Metabase or Redash`, `Write its value there, or $as_of where it is the day of the report${plain.includes('[[') ? '; leave out what stands in [[ ]], or keep it without the brackets' : ''}.`];
}

/** The statements of a file. */
function readStatements(sql: string): { statements: string[] } | { refusal: Refusal } {
  const template = templateIn(sql);
  if (template) return { refusal: template };
  const statements = statementsOf(sql);
  if (statements === null) return { refusal: COMPILED };
  if (statements.length === 0) return { refusal: ['the file holds no statement', 'Remove the file.'] };
  if (statements.length > MOST_STATEMENTS) return { refusal: [`the file holds ${statements.length} statements, and an import reads ${MOST_STATEMENTS} of one file`, 'Keep what asks for a report, in files of its own.'] };
  return { statements };
}

/** One report for each SELECT in a folder of SQL files; folders become parts of ids. */
export function planFolder(texts: Texts, resolve: Resolve): ImportPlan {
  const plan: ImportPlan = { reports: [], findings: [] };
  const names = new Set<string>();
  for (const file of [...texts.keys()].filter((one) => /\.sql$/i.test(one)).sort()) {
    const sql = texts.get(file)!.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
    const read = readStatements(sql);
    const segments = segmentsOf(file.replace(/\.sql$/i, ''));
    const base: PlannedReport = { name: '', title: labelOf(segments.at(-1)!.replaceAll('-', ' ')), description: null, from: { file, line: 1 }, page: file, sql: '', sources: [], parameters: {}, narrative: null, shown: [], timeless: false, findings: [] };
    if ('refusal' in read) {
      const [what, remedy] = read.refusal;
      plan.reports.push({ ...base, name: uniqueName(segments.join('/'), names), findings: [{ kind: 'block', file, line: 1, what, remedy }] });
      continue;
    }
    const { statements } = read;
    let from = 0;
    // Data of that name, or with its columns, would be other rows.
    const made = new Map<string, number>();
    const resolveOther: Resolve = (schema, table) => {
      const line = made.get(table.toLowerCase());
      return line === undefined ? resolve(schema, table) : { what: `the query reads “${oneLineOf(table)}”, which another statement of this file makes (line ${line})`, remedy: 'Write that statement’s SELECT before this one as a WITH, and leave the other statement out.' };
    };
    for (const [index, statement] of statements.entries()) {
      const at = sql.indexOf(statement, from);
      from = at + statement.length;
      const line = sql.slice(0, at).split('\n').length;
      const rewritten = rewriteTables({ sql: statement, file, line }, resolveOther, new Set());
      const own = tableMade(statement);
      if (own !== null) made.set(own, line);
      const several = statements.length > 1 ? `-${index + 1}` : '';
      const { title, description } = commentOf(statement);
      plan.reports.push({ ...base, ...rewritten, sql: `${rewritten.sql}\n`, name: uniqueName(segments.join('/') + several, names), title: title ?? base.title + (several && ` ${index + 1}`), description, from: { file, line } });
    }
  }
  return plan;
}
