import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { changedRows } from '../../src/analysis/comparison/changed-rows.ts';
import type { ReportFacts } from '../../src/analysis/facts/facts.ts';
import type { History } from '../../src/analysis/facts/metric-facts.ts';
import { overlays, type SideNumbers } from '../../src/analysis/review/charts.ts';
import type { ReviewFacts, ReviewIndex, ReviewLine } from '../../src/analysis/review/facts.ts';
import type { Openness } from '../../src/analysis/review/personal.ts';
import type { ReportReview } from '../../src/analysis/review/review.ts';
import { visible } from '../../src/error.ts';
import { reportLine } from '../../src/present/review/report-line.ts';
import { comparedOf, reportReason, verdictLine } from '../../src/present/review/words.ts';
import { plain } from '../../src/present/words.ts';
import type { Report } from '../../src/report/report.ts';
import { rowsOf } from '../../src/snapshot/checkout.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import type { ReviewedChange } from '../review/change.ts';
import type { MadeReview } from '../review/make.ts';
import { readJson, writeWhole } from '../world/files.ts';

export type Sides = Pick<ReviewedChange, 'base' | 'head'>;

/** Changed rows that a page lists; all of them are in the download. */
const LISTED = 500;

/**
 * Writes what the pages of the review rest on, and lays the files of changed rows where these link to them.
 * @param facts the folder of the site's facts, in which the head's are
 * @param beside a folder that becomes part of the site
 */
export async function writeReviewFacts(change: Sides, made: MadeReview, facts: string, beside: string): Promise<void> {
  const { reports, ...rest } = made.review;
  await writeFacts(facts, 'index', { ...rest, sentence: verdictLine(made.review), reports: reports.map(lineOf) } satisfies ReviewIndex);
  for (const report of reports) {
    const shown = await readJson<ReportFacts>(path.join(facts, 'reports', `${report.report}.json`));
    const csv = report.personal ? null : (made.reviewed.get(report.report)?.changes ?? null);
    const own: ReviewFacts = {
      review: report, overlays: overlaysOf(report, change, made, shown), rows: csv && changedRows(csv, keyOf(report), LISTED), download: csv && (await layDownload(report.report, csv, beside)),
      page: shown === null ? 'none' : shown.local ? 'proposed' : 'published',
    };
    await writeFacts(facts, `reports/${report.report}`, own);
  }
}

/** What would turn the direction of writing round, and our words with it, is seen, and does nothing. */
async function writeFacts(folder: string, name: string, facts: ReviewIndex | ReviewFacts): Promise<void> {
  await writeWhole(path.join(folder, 'review', `${name}.json`), JSON.stringify(facts, (_key, value: unknown) => (typeof value === 'string' ? visible(value) : value)));
}

function lineOf(report: ReportReview): ReviewLine {
  const { columns, metrics, common, ...line } = reportLine(report);
  return { ...line, title: report.title, reason: plain(reportReason(report)), columns: plain(columns), metrics: plain(metrics), common: common.map(plain) };
}

function keyOf({ comparison }: ReportReview): readonly string[] {
  const key = comparedOf(comparison)?.key;
  return key?.mode === 'keyed' ? key.columns : [];
}

async function layDownload(report: string, csv: Buffer, beside: string): Promise<string> {
  const name = `${path.basename(report)}-changes.csv`;
  const place = path.join(beside, 'review', report);
  await mkdir(place, { recursive: true });
  await writeFile(path.join(place, name), csv);
  return name;
}

function overlaysOf({ report: id }: ReportReview, { base, head }: Sides, { reviewed }: MadeReview, shown: ReportFacts | null): ReviewFacts['overlays'] {
  const { runs = null, openness = null } = reviewed.get(id) ?? {};
  if (!runs || openness?.isSameQuery === false) return [];
  const history = historyOf(shown);
  const before = numbersOf(base.definitions.reports.get(id), runs.base.first, history, openness);
  const after = numbersOf(head.definitions.reports.get(id), runs.head.first, history, openness);
  return before || after ? overlays(before, after) : [];
}

function numbersOf(report: Report | undefined, outcome: Outcome | null, history: History, openness: Openness | null): SideNumbers | null {
  if (!report || outcome?.kind !== 'result') return null;
  const { asOf, result, csv } = outcome;
  const latest = { as_of: asOf, ...result };
  // Of a report about people, totals alone are drawn: what a column holds is the proposal's to say.
  const isOpen = (metric: string): boolean => !openness?.closed.has(metric);
  const drawn = openness ? { ...report, metrics: report.metrics.filter(({ name }) => isOpen(name)), charts: report.charts.filter(({ x, by, y }) => !x && !by && isOpen(y)) } : report;
  const others = history.filter(({ as_of: other }) => other !== asOf);
  return { report: drawn, latest, rows: rowsOf(csv), history: [...others, latest].sort((a, b) => (a.as_of < b.as_of ? -1 : 1)) };
}

/** The latest version of every as-of that readers have. */
function historyOf(facts: ReportFacts | null): History {
  const latest = new Map<string, History[number]>();
  for (const { asOf, sequence, metrics } of facts?.history ?? []) {
    if (sequence !== null && !latest.has(asOf)) latest.set(asOf, { as_of: asOf, metrics: metrics.map(({ name, text, period }) => ({ name, value: text, type: '', period })) });
  }
  return [...latest.values()];
}
