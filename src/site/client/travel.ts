import type { BoardDays } from '../../analysis/travel/board.ts';
import { dayBefore, type Mode } from '../../analysis/travel/travel.ts';
import { formatAsOf } from '../../present/date.ts';
import { HOME } from '../paths.ts';

/*
 * Numbers of another day: the control that both the board and a report's page have. The address says which day
 * (`?as-of=2001-06-10`, `?published=2026-11-30`), so that a link to it can be shared.
 */
export interface TravelDay {
  mode: Mode;
  day: string;
}

/** What a page shows of a day. */
export interface ShownDay {
  /** How much of it there is, in a sentence; it may be empty. */
  words: string;
  /** The day since which it is shown; null where nothing is. */
  since: string | null;
  /** The next day on which something else is shown, and whether there is an earlier one. */
  later: string | null;
  isFirst: boolean;
  /** Time of the ledger's newest entry; a page may leave it out where it shows something later. */
  ends: string | null;
}

/** A page that can show other days. */
export interface View {
  /** What it would show; nothing changes yet. @throws where a file cannot be fetched */
  look: (place: TravelDay) => Promise<ShownDay & { draw: () => void }>;
  today: () => void;
}

const MODES: readonly Mode[] = ['as-of', 'published'];

/** @param search `location.search`; null where it names no day, or one that is none */
export function placeIn(search: string): TravelDay | null {
  const query = new URLSearchParams(search);
  for (const mode of MODES) {
    const day = query.get(mode);
    if (day !== null && isDay(day)) return { mode, day };
  }
  return null;
}

/** The whole query string: an address has no other parameters beside. */
export function searchOf({ mode, day }: TravelDay): string {
  return `?${mode}=${day}`;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}

function sentence({ mode, day }: TravelDay, { since, ends }: ShownDay): string {
  const last = ends?.slice(0, 10) ?? day;
  // The date of an as-of may come earlier elsewhere than in UTC.
  if (day > last && since !== day) return `The ledger does not reach ${formatAsOf(day)} yet: its newest entry is of ${formatAsOf(last)}. You see the ${mode === 'as-of' ? 'newest numbers that it has' : 'numbers as they were published then'}.`;
  return mode === 'as-of' ? `You see the numbers as of ${formatAsOf(day)}, in their newest version.` : `You see the numbers as they were published on ${formatAsOf(day)}.`;
}

/** @throws Error where there is no such file, or no way to it */
export async function fetchJson<T>(path: string): Promise<T> {
  const answer = await fetch(path, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as T;
}

let days: Promise<BoardDays> | undefined;

/** Which days the site knows; fetched once. */
export function daysOf(): Promise<BoardDays> {
  return (days ??= fetchJson<BoardDays>(`${HOME}board/days.json`).catch((cause: unknown) => {
    days = undefined;
    throw cause;
  }));
}

/** Brings the control to life; a page without one stays as it is. */
export function travel(view: View): void {
  const control = document.querySelector<HTMLElement>('.travel');
  const banner = document.querySelector<HTMLElement>('.travel-banner');
  if (!control || !banner) return;
  const form = control.querySelector('form')!;
  const day = form.querySelector<HTMLInputElement>('#travel-day')!;
  const [earlier, later] = ['earlier', 'later'].map((step) => form.querySelector<HTMLButtonElement>(`[data-step=${step}]`)!) as [HTMLButtonElement, HTMLButtonElement];
  const title = document.title;
  let turn = 0;

  const chosen = (): TravelDay => ({ mode: new FormData(form).get('mode') as Mode, day: day.value });

  async function go(place: TravelDay | null): Promise<void> {
    const own = ++turn;
    if (place === null) return leave();
    try {
      const shown = await view.look(place);
      if (own === turn) enter(place, shown);
    } catch {
      if (own !== turn) return;
      leave();
      say('The numbers of that day could not be loaded; these are today’s.', '');
    }
  }

  function enter(place: TravelDay, shown: Awaited<ReturnType<View['look']>>): void {
    shown.draw();
    document.body.classList.add('other-day');
    form.querySelector<HTMLInputElement>(`[value=${place.mode}]`)!.checked = true;
    day.value = place.day;
    control!.querySelector('details')!.open = true;
    [earlier.disabled, later.disabled] = [shown.isFirst, shown.later === null];
    document.title = `${formatAsOf(place.day)}: ${title}`;
    say(sentence(place, shown), shown.words);
  }

  function leave(): void {
    view.today();
    document.body.classList.remove('other-day');
    [earlier.disabled, later.disabled] = [false, false];
    document.title = title;
    banner!.hidden = true;
    control!.querySelector('[role=status]')!.textContent = '';
  }

  function say(what: string, more: string): void {
    banner!.querySelector('strong')!.textContent = what;
    banner!.querySelector('span')!.textContent = more;
    banner!.hidden = false;
    control!.querySelector('[role=status]')!.textContent = `${what} ${more}`;
  }

  /** One step back leads out of other days, however many were seen. */
  function visit(place: TravelDay): void {
    const isAway = placeIn(location.search) !== null;
    history[isAway ? 'replaceState' : 'pushState'](null, '', searchOf(place));
    void go(place);
  }

  async function step(towards: 'earlier' | 'later'): Promise<void> {
    const place = chosen();
    const own = ++turn;
    try {
      const here = await view.look(place);
      const next = towards === 'later' ? here.later : here.since && (await view.look({ ...place, day: dayBefore(here.since) })).since;
      if (own === turn && next !== null) visit({ ...place, day: next });
    } catch {
      if (own === turn) await go(place);
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    visit(chosen());
  });
  earlier.addEventListener('click', () => void step('earlier'));
  later.addEventListener('click', () => void step('later'));
  banner.querySelector('a')!.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, '', location.pathname);
    void go(null);
    control.querySelector('summary')!.focus();
  });
  window.addEventListener('popstate', () => void go(placeIn(location.search)));
  control.hidden = false;
  const asked = placeIn(location.search);
  if (asked) void go(asked);
}
