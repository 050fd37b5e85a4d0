import type { Choice, PartFacts } from '../../analysis/facts/part-facts.ts';
import type { DrawnPart } from './part-draw.ts';
import { element } from './element.ts';

/*
 * The numbers of a part of a report's rows. Without this script the page has those of all rows. The address says which part
 * (`?only-airport=Denver`, `?no-airport` for rows without a value), so that a link to it can be shared.
 */

const [ONLY, NONE] = ['only-', 'no-'];

function start(control: HTMLElement, report: HTMLElement): void {
  const form = control.querySelector('form')!;
  const selects = [...form.querySelectorAll('select')];
  const status = control.querySelector('[role=status]')!;
  const table = [...report.querySelectorAll<HTMLElement>('.rows tbody tr')];
  const facts = JSON.parse(control.dataset['part']!) as PartFacts;
  const columnOf = (select: HTMLSelectElement): string => select.dataset['column']!;
  const valuesOf = (select: HTMLSelectElement): (string | null)[] => facts.dimensions.find(({ column }) => column === columnOf(select))!.values;
  let turn = 0;
  /** What draws a part; fetched at the first choice, with the rows. */
  let drawing: Promise<DrawnPart> | undefined;

  const chosen = (): HTMLSelectElement[] => selects.filter(({ value }) => value !== '');
  const choice = (): Choice => new Map(chosen().map((select) => [columnOf(select), valuesOf(select)[Number(select.value)]!]));

  const show = async (): Promise<void> => {
    const own = ++turn;
    const parts = chosen();
    if (parts.length === 0) {
      status.replaceChildren();
      // Rows that could not be fetched were not drawn.
      return (await drawing?.catch(() => undefined))?.draw(null);
    }
    try {
      const drawn = await (drawing ??= import('./part-draw.ts').then(({ openPart }) => openPart(report, table, facts, control.dataset['rows']!)));
      if (own !== turn) return;
      drawn.draw(choice());
      const words = parts.map((select) => `${select.labels[0]!.textContent}: ${select.selectedOptions[0]!.text}`).join('; ');
      status.replaceChildren(element('strong', {}, `${words}.`), ' Numbers of these rows alone, evaluated here; those of all rows, and their targets, are what was published. ', all());
    } catch (cause) {
      drawing = undefined;
      if (own !== turn) return;
      for (const select of selects) select.value = '';
      status.replaceChildren(cause instanceof Error && cause.name === 'OtherRows' ? 'The report has been published anew since this page was loaded. Load the page again to choose. ' : 'The rows could not be loaded, so these are the numbers of all of them. ');
    }
  };

  const all = (): HTMLElement => {
    const link = element('a', { href: location.pathname }, 'All rows');
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      for (const select of selects) select.value = '';
      changed();
      selects[0]!.focus();
    });
    return link;
  };

  const changed = (): void => {
    const query = new URLSearchParams();
    for (const [column, value] of choice()) query.set((value === null ? NONE : ONLY) + column, value ?? '');
    history.replaceState(null, '', query.size === 0 ? location.pathname : `?${query}`);
    void show();
  };

  const read = (): void => {
    const query = new URLSearchParams(location.search);
    for (const select of selects) {
      const value = query.has(NONE + columnOf(select)) ? null : query.get(ONLY + columnOf(select)) ?? undefined;
      const at = value === undefined ? -1 : valuesOf(select).indexOf(value);
      select.value = at < 0 ? '' : String(at);
    }
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', changed);
  control.hidden = false;
  read();
  if (chosen().length > 0) void show();
}

const control = document.querySelector<HTMLElement>('.part');
const report = document.querySelector<HTMLElement>('.report');
if (control && report) start(control, report);
