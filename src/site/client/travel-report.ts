import { laterDay, spanAt, stepAt, stepsOf, unpack, type Input, type Span, type TravelStep, type TravelVersion, type YearFile } from '../../analysis/travel/travel.ts';
import { formatAsOf, formatInstant, formatPeriod, type SeriesStep as Grain } from '../../present/date.ts';
import { formatNumber, formatText } from '../../present/number.ts';
import { entryPath, reportPath, snapshotPath } from '../paths.ts';
import { element, valueElement } from './element.ts';
import { daysOf, fetchJson, travel, type TravelDay, type View } from './travel.ts';

/* A report's page on another day: its numbers, and everything that leads to where they came from. */

interface Data {
  id: string;
  /** The file of its query, today. */
  query: string;
  repository: string | null;
  spans: Span[];
  metrics: { name: string; label: string; format: string; unit: string | null; step: Grain }[];
}

const page = document.querySelector<HTMLElement>('.report');
const control = document.querySelector<HTMLElement>('.travel[data-report]');
const fetched = new Map<string, Promise<TravelVersion[]>>();

function open(data: Data, report: HTMLElement): View {
  const { id, spans } = data;
  const yearOf = (year: string): Promise<TravelVersion[]> => {
    const known = fetched.get(year) ?? fetchJson<YearFile>(`${reportPath(id)}history/${year}.json`).then(unpack, (cause: unknown) => {
      fetched.delete(year);
      throw cause;
    });
    fetched.set(year, known);
    return known;
  };
  return {
    look: async ({ mode, day }) => {
      const span = spanAt(spans, mode, day);
      const steps: TravelStep<TravelVersion>[] = span ? stepsOf(await yearOf(span.year), mode) : [];
      const step = stepAt(steps, day);
      const beyond = spans.filter(({ year }) => !span || year > span.year).map((one) => one[mode]);
      const later = laterDay(steps, beyond, day);
      return {
        words: step ? `They are those of ${id}@${step.shown.asOf}.v${step.shown.version}.` : '', since: step?.day ?? null, later, ends: later === null ? (await daysOf()).time : null,
        isFirst: !step || !spans.some((one) => one[mode] < step.day),
        draw: () => draw(report, data, { mode, day }, step?.shown),
      };
    },
    today: () => {
      report.querySelector('.then')?.remove();
      for (const part of todays(report)) part.hidden = false;
    },
  };
}

/** Everything that speaks of today: what comes new to the page too. */
function todays(report: HTMLElement): HTMLElement[] {
  const kept = '.report-head, .travel, .travel-banner, .side, .then';
  const parts = [...report.children, ...report.querySelectorAll('.side > *, .report-head > .times')].filter((part) => !part.matches(`${kept}, .about`));
  return parts as HTMLElement[];
}

function draw(report: HTMLElement, data: Data, place: TravelDay, told: TravelVersion | undefined): void {
  report.querySelector('.then')?.remove();
  for (const part of todays(report)) part.hidden = true;
  const nothing = place.mode === 'as-of' ? 'No result of this report describes so early a day.' : 'Nothing of this report was published by the end of that day.';
  const then = told ? element('div', { class: 'then' }, ...numbers(data, told), origin(data, told)) : element('p', { class: 'then notice' }, nothing);
  report.querySelector('.travel-banner')!.after(then);
}

function numbers({ id, metrics }: Data, told: TravelVersion): HTMLElement[] {
  if (told.rows === null) return [element('p', { class: 'notice' }, 'Its files have left the work tree, and its numbers are not on this site. ', element('code', {}, `npx daybook show ${citationOf(id, told)}`), ' reads them from the history.')];
  const cards = told.metrics.map(({ name, text, period }) => {
    const { label, format, unit, step } = metrics.find((metric) => metric.name === name) ?? { label: name, format: ',.4~g', unit: null, step: 'snapshot' as const };
    return element('article', { class: 'card metric' }, element('h3', { dir: 'auto' }, label),
      element('p', { class: 'figure' }, valueElement(formatText(text, format), unit, text === null), ' ', element('span', { class: 'period' }, formatPeriod(period ?? told.asOf, period ? step : 'snapshot'))),
      element('p', { class: 'from' }, cite(id, told)));
  });
  return cards.length === 0 ? [] : [element('section', { class: 'metrics', 'aria-label': 'Headline numbers of that day' }, element('div', { class: 'cards' }, ...cards))];
}

function origin({ id, query, repository }: Data, told: TravelVersion): HTMLElement {
  const { asOf, version, published, superseded, sequence, commit, rows, files, inputs, retired, erased } = told;
  const at = retired ?? 'HEAD';
  const fact = (term: string, ...words: (Node | string | null)[]): HTMLElement => element('div', {}, element('dt', {}, term), element('dd', {}, ...words));
  const blob = (at: string, path: string): Node => (repository === null ? element('code', { class: 'path' }, path) : element('a', { href: `${repository.replace(/\/$/, '')}/blob/${at}/${path}`, rel: 'noopener' }, element('code', { class: 'path' }, path)));
  const commitLink = (code: string): Node => (repository === null ? element('code', {}, code.slice(0, 10)) : element('a', { href: `${repository.replace(/\/$/, '')}/commit/${code}`, rel: 'noopener' }, element('code', {}, code.slice(0, 10))));
  const rowWords = rows === null ? '' : `${formatNumber(rows, ',d')} ${rows === 1 ? 'row' : 'rows'}: `;
  return element('section', { class: 'provenance', 'aria-labelledby': 'then-origin' },
    element('h2', { id: 'then-origin' }, 'Where these numbers come from'),
    element('p', {}, 'Charts, rows and changes of this page are today’s, and are hidden.'),
    element('div', { class: 'columns' },
      element('div', {}, element('h3', {}, 'Snapshot'), element('dl', { class: 'facts' },
        fact('Cite as', cite(id, told)),
        fact('As of', `${formatAsOf(asOf)}, version ${version}`),
        fact('Published', formatInstant(published), superseded === null ? null : `; a later version took its place at ${formatInstant(superseded)}`),
        fact('Kept in', element('a', { href: entryPath(sequence) }, `ledger entry ${sequence}`)),
        erased ? fact('Rows', `${rowWords}destroyed; the ledger says why`) : fact('Rows', rowWords, files.rows === null ? 'kept outside of the repository' : blob(at, files.rows), ', or ', element('code', {}, `npx daybook show ${citationOf(id, told)} --rows`)),
        fact('Manifest', blob(at, files.manifest)))),
      element('div', {}, element('h3', {}, 'Made by'), element('dl', { class: 'facts' },
        ...(commit === null ? [] : [fact('Commit', commitLink(commit)), fact('Query', repository === null ? element('code', {}, `git show ${commit.slice(0, 10)}:${query}`) : blob(commit, query))]),
        ...inputs.flatMap(({ name, files: read, more }: Input) => [
          ...read.map(({ path, bytes, sha256 }) => fact('Source', element('span', {}, `${name}: `), element('code', { class: 'path' }, path), ` ${formatNumber(bytes, ',d')} bytes `, digest(sha256))),
          ...(more > 0 ? [fact('Source', `${name}: and ${more} more files, in the manifest`)] : []),
        ])))));
}

function digest(sha256: string): HTMLElement {
  const hash = sha256.replace(/^sha256:/, '');
  return element('details', { class: 'digest' }, element('summary', {}, element('code', {}, `${hash.slice(0, 12)}…`)), element('code', { class: 'whole' }, `sha256:${hash}`));
}

function citationOf(id: string, { asOf, version }: TravelVersion): string {
  return `${id}@${asOf}.v${version}`;
}

function cite(id: string, told: TravelVersion): HTMLElement {
  return element('a', { class: 'citation', href: snapshotPath(id, told.asOf, told.version) }, citationOf(id, told));
}

if (page && control) travel(open(JSON.parse(control.dataset['report']!) as Data, page));
