/* A report’s rows with a text, and by a column. Without this script all that the page has stand there as the report sorts them. */

function findRows(controls: HTMLFormElement, { tHead, tBodies: [body] }: HTMLTableElement): void {
  const [input, status] = [controls.querySelector('input')!, controls.querySelector('[role=status]')!];
  const rows = [...body!.rows];
  const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent.toLowerCase()).join('\n'));

  const find = (): void => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    // What is out of a part that a reader has chosen stays out.
    const found = rows.filter((row, at) => !(row.hidden = 'out' in row.dataset || !words.every((word) => texts[at]!.includes(word))));
    status.textContent = words.length === 0 && found.length === rows.length ? '' : `${found.length === 0 ? 'None' : found.length} of ${rows.length === 1 ? 'this row' : `these ${rows.length} rows`}.`;
  };

  controls.hidden = false;
  controls.addEventListener('submit', (event) => event.preventDefault());
  input.addEventListener('input', find);
  // A browser keeps what was typed when the page is loaded again.
  find();
  // Of a part of the rows, the largest here need not be the largest.
  if ('whole' in controls.dataset) for (const heading of tHead!.rows[0]!.cells) sortBy(heading, rows, body!);
}

/** Makes the heading a button: upwards, downwards, and as the report sorts. */
function sortBy(heading: HTMLTableCellElement, rows: readonly HTMLTableRowElement[], body: HTMLTableSectionElement): void {
  const cells = rows.map((row) => row.cells[heading.cellIndex]!);
  const keys = heading.classList.contains('number') ? cells.map(numberOf) : cells.map((cell) => (isMissing(cell) ? null : cell.textContent));
  if (keys.some((key, at) => key === null && !isMissing(cells[at]!))) return;
  const order = (sign: number): HTMLTableRowElement[] => rows.map((row, at) => ({ row, key: keys[at]! })).sort((a, b) => {
    // What is missing is neither small nor large.
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    return sign * (typeof a.key === 'number' ? a.key - Number(b.key) : compareTexts(a.key, String(b.key)));
  }).map(({ row }) => row);
  const button = document.createElement('button');
  button.type = 'button';
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener('click', () => {
    const before = heading.ariaSort;
    for (const other of heading.parentElement!.children) other.removeAttribute('aria-sort');
    if (before !== 'descending') heading.setAttribute('aria-sort', before === null ? 'ascending' : 'descending');
    body.append(...(before === 'descending' ? rows : order(before === null ? 1 : -1)));
  });
}

function isMissing(cell: HTMLElement): boolean {
  return cell.classList.contains('missing');
}

/** Powers of ten that a format shortens numbers by. */
const POWERS: { [letter: string]: number } = { n: -9, µ: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12 };

/** `−1,234.5`, `12.3%`, `$4.2k` as a number; null where the text is no such number. */
function numberOf({ textContent }: HTMLElement): number | null {
  const [, sign = '', digits, power = ''] = /^([−+-]?)\$?([\d,]*\.?\d+(?:e[+-]?\d+)?)([nµmkMGT]?)%?$/.exec(textContent) ?? [];
  return digits === undefined ? null : (sign === '' || sign === '+' ? 1 : -1) * Number(digits.replaceAll(',', '')) * 10 ** POWERS[power]!;
}

/** By code point, as the same everywhere; capitals beside small letters. */
function compareTexts(a: string, b: string): number {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
}

const rowsForm = document.querySelector<HTMLFormElement>('form.rows-filter');
const rowsTable = document.querySelector<HTMLTableElement>('.rows table');
if (rowsForm && rowsTable) findRows(rowsForm, rowsTable);
