import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ReportFacts, SiteFacts } from '../../src/analysis/facts/facts.ts';
import { BOARD_FORMAT, cardMonths, monthsToWrite, packMonth, unpackMonth, type BoardDays, type BoardMonth, type CardMonth, type CardStep, type MonthDigests } from '../../src/analysis/travel/board.ts';
import { toldOf } from '../../src/analysis/travel/facts.ts';
import { yearFiles, type Mode } from '../../src/analysis/travel/travel.ts';
import { boardOf, shareOf } from '../../src/site/board.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { readJson } from '../world/files.ts';

/** What the site has of other days, so that only what changes is written again. */
export interface TravelRecord {
  reports: { [id: string]: ReportRecord };
  /** By mode and month that has a file: the first day on which a card changes. */
  board: { [mode in Mode]: { [month: string]: string } };
}

interface ReportRecord {
  /** Digests of the files of years. */
  years: MonthDigests;
  /** Of its steps on the board; null where it is not on the board. */
  card: { [mode in Mode]: MonthDigests } | null;
}

const MODES: readonly Mode[] = ['as-of', 'published'];
/** Metrics that a card shows. */
const CARD_METRICS = 4;

/**
 * The reports whose cards stand on the home page. A board of thousands shows a share of each team, and of other days too:
 * what a reader fetches stays small.
 */
function cardsOf(site: SiteFacts): SiteFacts['reports'] {
  const teams = boardOf(site);
  const share = shareOf(site, teams);
  return teams.flatMap(({ reports }) => reports.slice(0, share));
}

/** The site that stands, and what it has of other days. */
export interface Standing {
  dist: string;
  travel: TravelRecord;
}

/** A report's card, made anew. */
interface Update {
  metrics: string[];
  months: { [mode in Mode]: Map<string, CardStep[]> };
}

/** Writes the files of other days that the site does not have yet: of each report by year, of the board by month. */
export class TravelWriter {
  readonly #site: SiteFacts;
  readonly #standing: Standing | null;
  readonly #out: string;
  /** By report whose card is on the board: the metrics that it shows. */
  readonly #cards: Map<string, string[]>;
  readonly #updates = new Map<string, Update>();
  readonly #reports: TravelRecord['reports'];

  /** @param standing null where there is no site, or all of it is built anew: then every report is added */
  constructor(site: SiteFacts, standing: Standing | null, out: string) {
    [this.#site, this.#standing, this.#out] = [site, standing, out];
    this.#cards = new Map(cardsOf(site).map(({ id, metrics }) => [id, metrics.slice(0, CARD_METRICS).map(({ name }) => name)]));
    const ids = new Set(idsOf(site));
    this.#reports = Object.fromEntries(Object.entries(standing?.travel.reports ?? {}).filter(([id]) => ids.has(id)));
  }

  /** A report whose facts have changed. Synchronous: there are thousands, and a hop through the thread pool costs more than a small file. */
  add(facts: ReportFacts): void {
    const { id } = facts;
    const told = toldOf(facts);
    const years: MonthDigests = {};
    for (const [year, file] of yearFiles(id, told)) {
      const text = JSON.stringify(file);
      years[year] = digestBytes(text);
      if (this.#reports[id]?.years[year] !== years[year]) writeNew(path.join(this.#out, 'reports', id, 'history', `${year}.json`), text);
    }
    const metrics = this.#cards.get(id);
    if (metrics) this.#updates.set(id, { metrics, months: { 'as-of': cardMonths(told, 'as-of', metrics), published: cardMonths(told, 'published', metrics) } });
    this.#reports[id] = { years, card: null };
  }

  /**
   * @param read a report's facts, where one comes to the board that has not changed
   * @returns what the site has with the new files
   */
  async finish(read: (id: string) => Promise<ReportFacts | null>): Promise<TravelRecord> {
    const before = this.#standing?.travel;
    for (const id of this.#cards.keys()) {
      const facts = before?.reports[id]?.card || this.#updates.has(id) ? null : await read(id);
      if (facts) this.add(facts);
    }
    const board: TravelRecord['board'] = { 'as-of': {}, published: {} };
    const known = { 'as-of': this.#known('as-of'), published: this.#known('published') };
    for (const mode of MODES) {
      const months = new Map([...this.#updates].map(([id, update]) => [id, { metrics: update.metrics, months: update.months[mode] }]));
      const first = await writeBoard(mode, months, known[mode], before?.board[mode] ?? {}, this.#standing?.dist ?? '', this.#out);
      // A file has gone from the site that stands.
      if (first === null) return this.#anew(read);
      board[mode] = first;
    }
    const reports = Object.fromEntries(Object.entries(this.#reports).map(([id, { years }]) => [id, { years, card: this.#cards.has(id) ? { 'as-of': known['as-of'].now.get(id)!, published: known.published.now.get(id)! } : null }]));
    this.#writeDays(board);
    return { reports, board };
  }

  async #anew(read: (id: string) => Promise<ReportFacts | null>): Promise<TravelRecord> {
    const writer = new TravelWriter(this.#site, null, this.#out);
    for (const id of idsOf(this.#site)) {
      const facts = await read(id);
      if (facts) writer.add(facts);
    }
    return writer.finish(read);
  }

  #known(mode: Mode): Cards {
    const was = new Map(Object.entries(this.#standing?.travel.reports ?? {}).flatMap(([id, { card }]) => (card ? [[id, card[mode]] as const] : [])));
    const now = new Map([...this.#cards.keys()].map((id) => {
      const update = this.#updates.get(id);
      return [id, update ? Object.fromEntries([...update.months[mode]].map(([month, steps]) => [month, digestBytes(JSON.stringify([update.metrics, steps]))])) : (was.get(id) ?? {})];
    }));
    return { before: was, now };
  }

  #writeDays(board: TravelRecord['board']): void {
    if (!this.#site.ledger) return;
    const days = (mode: Mode): string[] => Object.values(board[mode]).sort();
    const reports = cardsOf(this.#site).map(({ id, metrics }) => [id, metrics.slice(0, CARD_METRICS).map(({ name, label, format, unit }) => ({ name, label, format, unit }))] as const);
    const file: BoardDays = { format: BOARD_FORMAT, time: this.#site.ledger.time, days: { 'as-of': days('as-of'), published: days('published') }, reports: Object.fromEntries(reports) };
    writeNew(path.join(this.#out, 'board/days.json'), JSON.stringify(file));
  }
}

function idsOf(site: SiteFacts): string[] {
  return [...site.reports, ...site.withdrawn].map(({ id }) => id);
}

/** What is known of the steps of each card, before and now. */
interface Cards {
  before: Map<string, MonthDigests>;
  now: Map<string, MonthDigests>;
}

/** In a folder that nobody reads yet. */
function writeNew(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

type MonthsOfCard = Pick<Update, 'metrics'> & { months: Map<string, CardStep[]> };

/** Writes the months in which a card changes; returns the first day of every month that has a file. */
async function writeBoard(mode: Mode, updates: ReadonlyMap<string, MonthsOfCard>, { before: known, now }: Cards, first: { [month: string]: string }, dist: string, out: string): Promise<{ [month: string]: string } | null> {
  const months = [...new Set([...now.values()].flatMap((known) => Object.keys(known)))].sort();
  const all = [...new Set([...months, ...Object.keys(first)])].sort();
  const touched = new Set(months.filter((month) => !(month in first)));
  const changed = [...new Set([...updates.keys(), ...known.keys()])].filter((id) => updates.has(id) || !now.has(id));
  for (const id of changed) for (const month of monthsToWrite(known.get(id) ?? {}, now.get(id) ?? {}, all)) touched.add(month);

  const days: { [month: string]: string } = {};
  const carried = new Map<string, CardMonth>();
  let last: { month: string; reports: Map<string, CardMonth> | null } | null = null;
  for (const month of months) {
    let reports: Map<string, CardMonth> | null = null;
    if (touched.has(month)) {
      // A month that is new begins with what the month before ended with.
      const before = month in first ? await readJson<BoardMonth>(fileOf(dist, mode, month)) : null;
      if (month in first && before === null) return null;
      reports = before ? unpackMonth(before) : last === null ? new Map() : endOf(last.reports ?? await readMonth(dist, mode, last.month));
      if (reports === null) return null;
      for (const id of changed) {
        const own = updates.get(id)?.months.get(month) ?? [];
        const steps = [...(carried.get(id)?.steps ?? []), ...own];
        if (steps.length > 0) reports.set(id, { metrics: updates.get(id)!.metrics, steps });
        else reports.delete(id);
      }
      // A month that only carries may carry the same.
      const text = JSON.stringify(packMonth(mode, month, reports));
      if (text !== JSON.stringify(before)) writeNew(fileOf(out, mode, month), text);
    }
    for (const [id, { metrics, months: own }] of updates) if (own.has(month)) carried.set(id, { metrics, steps: own.get(month)!.slice(-1) });
    days[month] = reports ? firstDay(reports, month) : first[month]!;
    last = { month, reports };
  }
  return days;
}

function endOf(reports: Map<string, CardMonth> | null): Map<string, CardMonth> | null {
  return reports && new Map([...reports].map(([id, { metrics, steps }]) => [id, { metrics, steps: steps.slice(-1) }]));
}

function firstDay(reports: Map<string, CardMonth>, month: string): string {
  let first = `${month}-31`;
  for (const { steps } of reports.values()) for (const { day } of steps) if (day.startsWith(month) && day < first) first = day;
  return first;
}

async function readMonth(dist: string, mode: Mode, month: string): Promise<Map<string, CardMonth> | null> {
  const file = await readJson<BoardMonth>(fileOf(dist, mode, month));
  return file && unpackMonth(file);
}

function fileOf(folder: string, mode: Mode, month: string): string {
  return path.join(folder, 'board', mode, `${month}.json`);
}
