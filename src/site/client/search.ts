/*
 * Search with Pagefind's own JavaScript interface (https://pagefind.app/docs/api/). The index is
 * loaded when somebody starts to type, and only the parts that hold the words.
 */
interface SearchHit {
  url: string;
  meta: Record<string, string>;
  excerpt: string;
}

interface Pagefind {
  init(): Promise<void>;
  debouncedSearch(query: string, options?: object, wait?: number): Promise<{ results: { data(): Promise<SearchHit> }[] } | null>;
}

const SHOWN = 20;

const form = document.querySelector<HTMLFormElement>('form[data-index]')!;
const input = form.querySelector('input')!;
const message = document.querySelector('#found')!;
const list = document.querySelector('#results')!;
let loading: Promise<Pagefind> | undefined;

function load(): Promise<Pagefind> {
  loading ??= (import(/* @vite-ignore */ form.dataset.index!) as Promise<Pagefind>).then(async (pagefind) => {
    await pagefind.init();
    return pagefind;
  });
  return loading;
}

async function search(): Promise<void> {
  const query = input.value.trim();
  history.replaceState(null, '', query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  if (!query) {
    list.replaceChildren();
    message.textContent = '';
    return;
  }
  try {
    const answer = await (await load()).debouncedSearch(query, {}, 120);
    if (!answer) return;
    const found = await Promise.all(answer.results.slice(0, SHOWN).map((result) => result.data()));
    if (input.value.trim() !== query) return;
    list.replaceChildren(...found.map(item));
    message.textContent = words(answer.results.length, query);
  } catch {
    loading = undefined;
    message.textContent = 'The search index could not be loaded. Reload the page to try again.';
  }
}

function words(count: number, query: string): string {
  if (count === 0) return `Nothing found for “${query}”.`;
  const shown = count > SHOWN ? `, the first ${SHOWN} shown` : '';
  return `${count} ${count === 1 ? 'report' : 'reports'} found${shown}.`;
}

/** Built from text alone: what Pagefind hands over as HTML (the excerpt) is not used. */
function item({ url, meta }: SearchHit): HTMLLIElement {
  const element = document.createElement('li');
  const link = document.createElement('a');
  link.href = url;
  link.textContent = meta['title'] ?? url;
  link.dir = 'auto';
  element.append(link);
  for (const [name, text] of [['team', meta['team']], ['headline', meta['headline']], ['description', meta['description']]] as const) {
    if (!text) continue;
    const line = document.createElement('p');
    line.className = `result-${name}`;
    line.dir = 'auto';
    line.textContent = text;
    element.append(line);
  }
  return element;
}

input.value = new URLSearchParams(location.search).get('q') ?? '';
input.addEventListener('focus', () => void load().catch(() => { loading = undefined; }), { once: true });
input.addEventListener('input', () => void search());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void search();
});
if (input.value) void search();
