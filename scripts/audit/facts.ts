import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { AuditIndex, AuditMonth, AuditMonthCard } from '../../src/analysis/audit/facts.ts';
import { pageAudit } from '../../src/analysis/audit/facts.ts';
import type { Definitions } from '../../src/report/load.ts';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import { entryDigest, type Entry } from '../../src/snapshot/entry.ts';
import type { LedgerState } from '../../src/snapshot/ledger-state.ts';
import { readJson, writeWhole } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { collectAudit, openArchive, type Archive } from './collect.ts';

/** Snapshots that one build compares because their entries do not say what they changed; the command compares all. */
const MOST_COMPARED = 1_000;

interface AuditFactsPlace {
  /** The folder of the site's facts. */
  folder: string;
  entries: Entry[];
  ledger: LedgerState;
  /** Digest of Daybook's own code. */
  code: string;
}

/**
 * Writes the facts of the audit pages, a file a month; a month from which nothing new was heard is left as it is.
 * @returns the digest of each month's facts
 */
export async function writeAuditFacts(world: World, definitions: Definitions, { folder, entries, ledger, code }: AuditFactsPlace): Promise<{ [month: string]: string }> {
  const archive = await openArchive(world, definitions.instance, entries, () => ledger);
  const place = path.join(folder, 'audit');
  const before = new Map(((await readJson<AuditIndex>(path.join(place, 'index.json')))?.months ?? []).map((card) => [card.month, card]));
  const months = [...new Set([...entries, ...archive.commits].map(({ time }) => time.slice(0, 7)))].sort().reverse();
  const cards: AuditMonthCard[] = [];
  let left = MOST_COMPARED;
  for (const month of months) {
    const key = keyOf(month, archive, definitions, code);
    const known = before.get(month);
    if (known?.key === key && (await readJson(path.join(place, `${month}.json`))) !== null) {
      cards.push(known);
      continue;
    }
    const audit = await collectAudit(world, definitions, archive, { from: `${month}-01`, to: lastDay(month), report: null, allRows: false, most: left });
    left -= audit.snapshots.filter(({ computed }) => computed).length;
    const text = JSON.stringify({ month, ...pageAudit(audit, personalReports(definitions)), names: namesIn(definitions, entriesOf(month, archive)) } satisfies AuditMonth);
    await writeWhole(path.join(place, `${month}.json`), text);
    cards.push({ month, key, digest: digestBytes(text), totals: audit.totals, intrusions: audit.intrusions.length });
  }
  for (const month of before.keys()) if (!months.includes(month)) await rm(path.join(place, `${month}.json`), { force: true });
  await writeWhole(path.join(place, 'index.json'), JSON.stringify({ months: cards, notes: archive.history.notes } satisfies AuditIndex));
  return { ...Object.fromEntries(cards.map((card) => [card.month, card.digest])), notes: digestJson(archive.history.notes) };
}

function lastDay(month: string): string {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year!, number, 0)).toISOString().slice(0, 10);
}

/** Entries are chained: the last one of a month stands for all of them. */
function keyOf(month: string, { entries, commits, history }: Archive, definitions: Definitions, code: string): string {
  const own = entriesOf(month, { entries });
  const decided = own.some(({ held = [] }) => held.length > 0) ? entries.flatMap(({ decided: list = [] }) => list) : [];
  const told = commits.filter(({ time }) => time.startsWith(month)).map(({ commit }) => commit);
  return digestJson({ code, first: own[0]?.sequence ?? null, last: own.length > 0 ? entryDigest(own.at(-1)!) : null, decided, told, notes: history.notes, names: namesIn(definitions, own), personal: [...personalReports(definitions)] });
}

function personalReports({ reports }: Definitions): Set<string> {
  return new Set([...reports.values()].filter(({ personal }) => personal.length > 0).map(({ id }) => id));
}

function entriesOf(month: string, { entries }: Pick<Archive, 'entries'>): Entry[] {
  return entries.filter(({ time }) => time.startsWith(month));
}

/** Of the reports whose rows or metrics may be told. */
function namesIn({ reports }: Definitions, entries: readonly Entry[]): AuditMonth['names'] {
  const told = new Set(entries.flatMap(({ kept, changes }) => (changes ? changes.filter(({ restated }) => restated !== null) : kept).map(({ report }) => report)));
  return Object.fromEntries([...reports].filter(([id]) => told.has(id)).map(([id, { key, metrics }]) => [id, { key, metrics: Object.fromEntries(metrics.map(({ name, label, format, unit }) => [name, { label, format, ...(unit === undefined ? {} : { unit }) }])) }]));
}
