/* The changed rows of a review by kind, by text, and a page at a time. Without this script all of them stand in the table. */

/** Rows of a page. */
const PAGE = 50;

const filter = document.querySelector<HTMLFormElement>('form.rows-filter');
if (filter) browse(filter, [...document.querySelectorAll<HTMLTableRowElement>('.changed-rows tbody tr')]);

function browse(controls: HTMLFormElement, rows: HTMLTableRowElement[]): void {
  const [text, kind] = [controls.querySelector('input')!, controls.querySelector('select')!];
  const [status, buttons] = [controls.querySelector('[role=status]')!, [...controls.querySelectorAll('button')]];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  let page = 0;

  const show = (): void => {
    const wanted = text.value.trim().toLowerCase();
    const found = rows.filter((row) => (kind.value === '' || row.className === kind.value) && texts.get(row)!.includes(wanted));
    page = Math.max(0, Math.min(page, Math.ceil(found.length / PAGE) - 1));
    const shown = new Set(found.slice(page * PAGE, (page + 1) * PAGE));
    for (const row of rows) row.hidden = !shown.has(row);
    status.textContent = found.length === 0 ? 'None of these rows.' : `${page * PAGE + 1} to ${page * PAGE + shown.size} of ${found.length}`;
    for (const button of buttons) button.disabled = button.dataset['step'] === '1' ? (page + 1) * PAGE >= found.length : page === 0;
  };

  const again = (): void => {
    page = 0;
    show();
  };

  controls.hidden = false;
  controls.addEventListener('submit', (event) => event.preventDefault());
  text.addEventListener('input', again);
  kind.addEventListener('change', again);
  for (const button of buttons) {
    button.addEventListener('click', () => {
      page += Number(button.dataset['step']);
      show();
    });
  }
  show();
}
