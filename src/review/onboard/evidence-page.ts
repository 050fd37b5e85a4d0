import { z } from 'zod';
import { DaybookError } from '../../error.ts';
import { readYaml } from '../../report/yaml.ts';
import { scanPage, withoutCode, type Piece } from './evidence-scan.ts';
import type { Input, Query } from './evidence-sql.ts';
import type { ImportFinding, ShownComponent, Texts } from './import-plan.ts';
import { oneLineOf } from './words.ts';

/** A page of an Evidence project: what it asks, shows and says. */
export interface Page {
  /** e.g. `pages/sales/index.md` */
  file: string;
  title: string | null;
  description: string | null;
  queries: Map<string, Query>;
  inputs: Map<string, Input>;
  shown: ShownComponent[];
  /** Without fences of queries; for the narrative. */
  pieces: Piece[];
  findings: ImportFinding[];
}

const FRONT = /^\uFEFF?---[ \t]*\n([^]{0,20000}?)\n---[ \t]*(?:\n|$)/;
const frontSchema = z.object({
  title: z.coerce.string().optional(),
  description: z.coerce.string().optional(),
  queries: z.array(z.union([z.string(), z.record(z.string(), z.string())])).nullish(),
  sources: z.array(z.union([z.string(), z.record(z.string(), z.string())])).nullish(),
});
const MOST_PIECES = 20_000;
const MOST_PARTIALS = 50;

/** Components that set other things out, or only look. Their content stays. */
const LAYOUT: ReadonlySet<string> = new Set('Grid Group Tabs Tab Details Accordion AccordionItem Alert Modal Note Info LineBreak PageBreak LastRefreshed BigLink Link LinkButton DownloadData PrintGroup'.split(' '));
export const INPUTS: ReadonlySet<string> = new Set('Dropdown ButtonGroup TextInput DateRange DateInput Slider Checkbox DimensionGrid'.split(' '));
const CHOICES: ReadonlySet<string> = new Set(['DropdownOption', 'ButtonGroupItem']);
/** Readers choose on these too, by a click; nothing is chosen before. */
const MAPS: ReadonlySet<string> = new Set('AreaMap PointMap BubbleMap BaseMap Areas Points Bubbles'.split(' '));
const WITHIN_CHARTS: ReadonlySet<string> = new Set('ReferenceLine ReferenceArea ReferencePoint Callout Line Bar Area Scatter Bubble Hist'.split(' '));

/** Reads a page. Nothing of it is run: components are names with attributes. @throws `yaml-syntax`, `wrong-value` for its front matter */
export function readPage(file: string, texts: Texts): Page {
  const text = texts.get(file)!.replaceAll('\r\n', '\n');
  const front = FRONT.exec(text);
  const page: Page = { file, title: null, description: null, queries: new Map(), inputs: new Map(), shown: [], pieces: [], findings: [] };
  if (front) readFront(page, front[1]!, texts);
  const first = front ? front[0].split('\n').length : 1;
  const { kept, left } = withoutCode(expand(scanPage(text.slice(front?.[0].length ?? 0), first), { page, texts, partials: 0, pieces: 0 }));
  for (const { name, line } of left) if (name === 'script') addFinding(page, 'decide', line, 'the page holds a script, which is not run', 'Say what it computed in the query.');
  page.pieces = kept;
  readComponents(page, kept);
  return page;
}

export function addFinding(page: Pick<Page, 'file' | 'findings'>, kind: ImportFinding['kind'], line: number, what: string, remedy: string): void {
  page.findings.push({ kind, file: page.file, line, what, remedy });
}

function readFront(page: Page, text: string, texts: Texts): void {
  // The line of the dashes, so that places are those of the file.
  const document = readYaml(`\n${text}`, page.file);
  const parsed = frontSchema.safeParse(document.value);
  const lineOf = (key: string): number => document.locate([key], 'key').line ?? 1;
  if (!parsed.success) {
    const at = String(parsed.error.issues[0]?.path[0] ?? '');
    throw new DaybookError('wrong-value', `the front matter has another “${oneLineOf(at)}” than Evidence knows`, { file: page.file, line: lineOf(at) }, 'Correct it in the page.');
  }
  page.title = parsed.data.title ?? null;
  page.description = parsed.data.description ?? null;
  const folders: ['queries' | 'sources', string[]][] = [['queries', ['queries', 'sources']], ['sources', ['sources', 'queries']]];
  for (const [key, below] of folders) {
    for (const entry of parsed.data[key] ?? []) {
      for (const [name, named] of typeof entry === 'string' ? [[entry.replace(/\.sql$/, '').replace(/[/\\-]/g, '_'), entry] as const] : Object.entries(entry)) {
        const found = below.map((folder) => `${folder}/${named.replace(/^\.?\//, '')}`).find((one) => texts.has(one));
        if (found === undefined) addFinding(page, 'decide', lineOf(key), `the front matter names ${oneLineOf(named)}, and there is no such file`, 'Bring the file, or take its query out.');
        else page.queries.set(name, { name, sql: texts.get(found)!, file: found, line: 1 });
      }
    }
  }
}

/** Partials stand where they are named; queries are taken out into the page's. @throws `wrong-value` where they are too many pieces */
function expand(pieces: readonly Piece[], state: { page: Page; texts: Texts; partials: number; pieces: number }): Piece[] {
  const { page, texts } = state;
  state.pieces += pieces.length;
  if (state.pieces > MOST_PIECES) throw new DaybookError('wrong-value', `the page has more than ${MOST_PIECES} pieces`, { file: page.file }, 'Import it by hand.');
  return pieces.flatMap((piece): Piece[] => {
    if (piece.kind === 'query') {
      page.queries.set(piece.name, { name: piece.name, sql: piece.sql, file: page.file, line: piece.line });
      return [];
    }
    if (piece.kind !== 'partial') return [piece];
    const partial = texts.get(`partials/${piece.file}`);
    if (partial === undefined || ++state.partials > MOST_PARTIALS) {
      addFinding(page, 'decide', piece.line, `the partial ${oneLineOf(piece.file)} is ${partial === undefined ? 'not there' : 'one too many'}`, 'Write its text into the narrative.');
      return [];
    }
    return expand(scanPage(partial.replaceAll('\r\n', '\n'), 1).map((one) => ({ ...one, line: piece.line })), state);
  });
}

function readComponents(page: Page, pieces: readonly Piece[]): void {
  let table: ShownComponent | null = null;
  let input: Input | null = null;
  let loops = 0;
  for (const piece of pieces) {
    if (piece.kind === 'block') {
      if (piece.word === '#each') loops++;
      if (piece.word === '/each') loops--;
      if (piece.word === '#each') addFinding(page, 'decide', piece.line, 'a loop repeats text for each row, which a narrative does not', 'Write what the text said; where its rows are wanted, show their query in a report.');
      if (piece.word === '#if') addFinding(page, 'decide', piece.line, 'text depends on the data, which a narrative does not', 'Say in the narrative how to read both cases.');
    }
    if (piece.kind === 'close' && /^(DataTable|Dropdown|ButtonGroup)$/.test(piece.name)) [table, input] = [null, null];
    if (piece.kind !== 'tag') continue;
    const { name, attributes, line } = piece;
    if (name === 'Column') table?.columns.push(attributes);
    else if (INPUTS.has(name)) {
      input = inputOf(name, attributes, line);
      const called = attributes.get('name');
      if (called !== undefined) page.inputs.set(called, input);
    } else if (CHOICES.has(name)) {
      const value = attributes.get('value');
      if (input && value !== undefined && (input.initial === null || attributes.has('default'))) input.initial = value;
    } else if (attributes.has('data') && loops <= 0) {
      const called = MAPS.has(name) ? attributes.get('name') : undefined;
      if (called !== undefined) page.inputs.set(called, inputOf(name, attributes, line));
      const narrowed = narrow(page, attributes.get('data')!, line);
      if (narrowed !== null) attributes.set('data', narrowed);
      const shown: ShownComponent = { component: name, attributes, columns: [], line };
      if (!WITHIN_CHARTS.has(name)) page.shown.push(shown);
      if (name === 'DataTable' && piece.open) table = shown;
    } else if (/^[A-Z]/.test(name) && !LAYOUT.has(name) && !WITHIN_CHARTS.has(name) && loops <= 0) {
      addFinding(page, 'decide', line, `<${oneLineOf(name)}> is a component that has no counterpart here`, 'Look at what it showed; leave it out, or add a chart.');
    }
  }
}

const MOST_PARTS = 60;
const NARROWED = /^([\p{L}_][\p{L}\p{N}_]*)((?:\.(?:where\((?:`[^`\\]*`|"[^"\\]*"|'[^'\\]*')\)|limit\(\d{1,9}\)))+)$/u;

/** `orders.where(…).limit(5)` as a query of its own, that reads the other; its name, or null where data is anything else. */
function narrow({ queries, file }: Page, data: string, line: number): string | null {
  const [, base, steps = ''] = NARROWED.exec(data) ?? [];
  if (base === undefined || !queries.has(base)) return null;
  const conditions = [...steps.matchAll(/\.where\(([`"'])([^]*?)\1\)/g)].map(([, , condition]) => `(${condition!})`);
  const limits = [...steps.matchAll(/\.limit\((\d+)\)/g)].map(([, limit]) => Number(limit));
  // A condition after a limit is on fewer rows, and is left to a person.
  if (conditions.length > 0 && /\.limit\(.*\.where\(/s.test(steps)) return null;
  const sql = `SELECT * FROM \${${base}}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}${limits.length > 0 ? ` LIMIT ${Math.min(...limits)}` : ''}`;
  for (let number = 1; number <= MOST_PARTS; number++) {
    const name = `${base}_part${number === 1 ? '' : `_${number}`}`;
    const known = queries.get(name);
    if (known !== undefined && known.sql !== sql) continue;
    if (known === undefined) queries.set(name, { name, sql, file, line });
    return name;
  }
  return null;
}

/** What an input begins with, where the page says so. */
function inputOf(component: string, attributes: ReadonlyMap<string, string>, line: number): Input {
  const stated = attributes.get('defaultValue') ?? attributes.get('default');
  const several = attributes.get('multiple') === 'true' || stated?.startsWith('[') === true;
  const text = component === 'TextInput' ? '' : component === 'Slider' ? (attributes.get('min') ?? null) : null;
  return { component, initial: several ? null : (stated?.replace(/^(["'])(.*)\1$/, '$2') ?? text), all: attributes.get('selectAllByDefault') === 'true', line };
}
