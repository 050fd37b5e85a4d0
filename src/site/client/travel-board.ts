import { boardAt, unpackMonth, type BoardDays, type BoardMonth, type CardMetric, type CardMonth } from '../../analysis/travel/board.ts';
import { laterDay } from '../../analysis/travel/travel.ts';
import { formatAsOf } from '../../present/date.ts';
import { formatText } from '../../present/number.ts';
import { HOME, snapshotPath } from '../paths.ts';
import { element, valueElement } from './element.ts';
import { daysOf, fetchJson, searchOf, travel, type TravelDay, type View } from './travel.ts';

/* The board on another day: every card shows what it showed, or would have shown. */

type Card = CardMonth['steps'][number] & { metrics: string[] };

const cards = new Map([...document.querySelectorAll<HTMLElement>('.report-card')].map((card) => {
  const link = card.querySelector<HTMLAnchorElement>('h3 a')!;
  return [link.pathname.slice(`${HOME}reports/`.length, -1), { card, link, href: link.href }] as const;
}));
/** Speaks of today's numbers alone. */
const targets = document.querySelector<HTMLElement>('.home > .targets');
const fetched = new Map<string, Promise<Map<string, CardMonth>>>();

const view: View = {
  look: async (place) => {
    const { time, days: first, reports } = await daysOf();
    const at = first[place.mode].findLast((day) => day <= place.day);
    const month = at === undefined ? new Map<string, CardMonth>() : await monthOf(place.mode, at.slice(0, 7));
    const shown = boardAt(month, place.day);
    const changes = [...month.values()].flatMap(({ steps }) => steps);
    const since = changes.map(({ day }) => day).filter((day) => day <= place.day).sort().at(-1) ?? null;
    const told = [...cards.keys()].filter((id) => shown.has(id)).length;
    return {
      words: place.mode === 'as-of' ? `${told} of ${cards.size} reports reach back so far.` : `${told} of ${cards.size} reports had been published.`, since, later: laterDay(changes, first[place.mode], place.day),
      ends: time, isFirst: since === null || !first[place.mode].some((day) => day < since),
      draw: () => draw(place, shown, reports),
    };
  },
  today: () => {
    if (targets) targets.hidden = false;
    for (const { card, link, href } of cards.values()) {
      card.querySelector('.then')?.remove();
      for (const child of card.children) (child as HTMLElement).hidden = false;
      link.href = href;
    }
  },
};

function monthOf(mode: string, month: string): Promise<Map<string, CardMonth>> {
  const path = `${HOME}board/${mode}/${month}.json`;
  const known = fetched.get(path) ?? fetchJson<BoardMonth>(path).then(unpackMonth, (cause: unknown) => {
    fetched.delete(path);
    throw cause;
  });
  fetched.set(path, known);
  return known;
}

function draw(place: TravelDay, shown: Map<string, Card>, reports: BoardDays['reports']): void {
  if (targets) targets.hidden = true;
  for (const [id, { card, link, href }] of cards) {
    card.querySelector('.then')?.remove();
    for (const child of card.children) (child as HTMLElement).hidden = !child.contains(link);
    link.href = `${href}${searchOf(place)}`;
    const then = shown.get(id);
    card.append(then ? numbers(id, then, reports[id] ?? []) : element('div', { class: 'then' }, element('p', { class: 'absent' }, place.mode === 'as-of' ? 'No result of so early a day' : 'Not published yet')));
  }
}

function numbers(id: string, { asOf, version, metrics, texts }: Card, shown: CardMetric[]): HTMLElement {
  const [first, ...others] = shown;
  const value = ({ name, format, unit }: CardMetric): HTMLElement => {
    const text = texts[metrics.indexOf(name)] ?? null;
    return valueElement(texts.length === 0 ? 'not on this site' : formatText(text, format), unit, text === null);
  };
  return element('div', { class: 'then' },
    first ? element('p', { class: 'headline' }, element('span', { class: 'label', dir: 'auto' }, first.label), value(first)) : null,
    others.length === 0 ? null : element('dl', { class: 'smaller' }, ...others.map((metric) => element('div', {}, element('dt', { dir: 'auto' }, metric.label), element('dd', {}, value(metric))))),
    element('p', { class: 'times' }, element('span', {}, 'As of ', element('time', { datetime: asOf }, formatAsOf(asOf))), element('a', { class: 'citation', href: snapshotPath(id, asOf, version) }, `${id}@${asOf}.v${version}`)));
}

if (cards.size > 0) travel(view);
