/*
 * Compares two snapshots of a report with the code that the command line and the ledger use. Their files lie beside the
 * page. Whatever comes from them goes into the page as text.
 */
import type { Renames } from '../../analysis/comparison/column-pairs.ts';
import { compareKept, type KeptResult } from '../../analysis/comparison/kept.ts';
import { DaybookError, sentence } from '../../error.ts';
import { comparisonTables, type ComparisonTable, type ComparisonTables } from '../../present/comparison/tables.ts';
import type { MetricNames } from '../../present/comparison/comparison.ts';
import type { Manifest } from '../../snapshot/manifest.ts';

/** Rows of each kind that are listed. */
const LISTED = 200;
/** Characters of a cell that stays on one line. */
const SHORT = 24;

const form = document.querySelector<HTMLFormElement>('form[data-report]');
if (form) start(form);

function start(controls: HTMLFormElement): void {
  const [base, head] = [controls.querySelector<HTMLSelectElement>('#base')!, controls.querySelector<HTMLSelectElement>('#head')!];
  const verdict = document.querySelector('#verdict')!;
  const place = document.querySelector('#comparison')!;
  const report = controls.dataset['report']!;
  const key = JSON.parse(controls.dataset['key']!) as string[];
  const renames = JSON.parse(controls.dataset['renames']!) as Renames;
  const names: MetricNames = new Map(JSON.parse(controls.dataset['metrics']!) as [string, { label: string; format: string; unit?: string }][]);
  const loaded = new Map<string, Promise<KeptResult>>();

  const load = (select: HTMLSelectElement): Promise<KeptResult> => {
    const file = `${controls.dataset['files']!}${select.selectedOptions[0]!.dataset['file']!}`;
    const found = loaded.get(file) ?? fetchKept(file);
    loaded.set(file, found);
    // A load that failed is tried again.
    found.catch(() => loaded.delete(file));
    return found;
  };

  const show = async (): Promise<void> => {
    const asked = `${base.value} ${head.value}`;
    history.replaceState(null, '', `?base=${encodeURIComponent(base.value)}&head=${encodeURIComponent(head.value)}`);
    try {
      const [before, after] = await Promise.all([load(base), load(head)]);
      if (asked !== `${base.value} ${head.value}`) return;
      const tables = comparisonTables(compareKept(before, after, key, LISTED, renames), names);
      tell(tables);
    } catch (cause) {
      place.replaceChildren();
      verdict.className = 'verdict';
      verdict.textContent = cause instanceof DaybookError ? `These files cannot be compared: ${sentence(cause.message)}` : 'The snapshots could not be loaded. Choose again to try once more.';
    }
  };

  const tell = ({ kind, verdict: words, notes, tables }: ComparisonTables): void => {
    verdict.className = `verdict ${kind}`;
    verdict.textContent = words;
    place.replaceChildren(...tables.filter(({ title }) => title === 'Metrics').map(tableOf), ...notes.map(noteOf), ...tables.filter(({ title }) => title !== 'Metrics').map(tableOf));
  };

  const wanted = new URLSearchParams(location.search);
  const absent = [base, head].flatMap((select) => {
    const value = wanted.get(select.name)?.replace(`${report}@`, '') ?? '';
    const option = [...select.options].find((one) => one.value === value);
    if (option) option.selected = true;
    return value === '' || option ? [] : [value];
  });

  controls.hidden = false;
  for (const select of [base, head]) select.addEventListener('change', () => void show());
  controls.querySelector('button')!.addEventListener('click', () => {
    [base.value, head.value] = [head.value, base.value];
    void show();
  });
  if (absent.length === 0) void show();
  else sayAbsent(verdict, place, report, [wanted.get('base'), wanted.get('head')], absent);
}

async function fetchKept(file: string): Promise<KeptResult> {
  const [manifest, csv] = await Promise.all(['json', 'csv'].map(async (ending) => {
    const answer = await fetch(`${file}.${ending}`);
    if (!answer.ok) throw new Error(`${file}.${ending}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }));
  return { manifest: JSON.parse(new TextDecoder().decode(manifest)) as Manifest, csv: csv! };
}

/** Snapshots that are not among the files: which command knows them. */
function sayAbsent(verdict: Element, place: Element, report: string, asked: (string | null)[], absent: string[]): void {
  verdict.textContent = `Not on this site: ${absent.join(' and ')}. The newest snapshots can be chosen above; all others are in the repository:`;
  const isName = (word: string | null): word is string => word !== null && /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}Z)?\.v\d+$/.test(word);
  const words = asked.map((word) => word?.replace(`${report}@`, '') ?? null);
  if (words.every(isName)) place.replaceChildren(element('p', element('code', `npx daybook compare ${words.map((word) => `${report}@${word}`).join(' ')}`)));
}

function noteOf({ title, lines }: ComparisonTables['notes'][number]): HTMLElement {
  const list = element('ul', ...lines.map((line) => withDirection(element('li', line))));
  return element('section', element('h2', title), list);
}

function tableOf({ title, head, rows, numbers, more }: ComparisonTable): HTMLElement {
  const heading = element('h2', title);
  heading.id = `compared-${title.toLowerCase().replaceAll(' ', '-')}`;
  const cell = ({ text, missing }: { text: string; missing: boolean }, at: number): HTMLElement => {
    const td = element('td', text);
    td.className = [numbers.includes(at) ? 'number' : '', missing ? 'missing' : '', text.length <= SHORT ? 'short' : ''].filter(Boolean).join(' ');
    return missing ? td : withDirection(td);
  };
  const columns = head.map((text, at) => {
    const th = withDirection(element('th', text));
    th.setAttribute('scope', 'col');
    if (numbers.includes(at)) th.className = 'number';
    return th;
  });
  const table = element('table', element('thead', element('tr', ...columns)), element('tbody', ...rows.map((row) => element('tr', ...row.map(cell)))));
  const region = element('div', table);
  region.className = 'scroll tall';
  region.setAttribute('role', 'region');
  region.setAttribute('aria-labelledby', heading.id);
  region.tabIndex = 0;
  return element('section', heading, ...(more ? [element('p', more)] : []), region);
}

function withDirection(target: HTMLElement): HTMLElement {
  target.dir = 'auto';
  return target;
}

/** Children that are text become text, whatever they hold. */
function element(name: string, ...children: (string | Node)[]): HTMLElement {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
