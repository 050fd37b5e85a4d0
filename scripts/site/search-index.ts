import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { close, createIndex } from 'pagefind';
import type { MetricFacts, ReportCard, SiteFacts } from '../../src/analysis/facts/facts.ts';
import { DaybookError } from '../../src/error.ts';
import { changeSentence } from '../../src/present/change.ts';
import { formatAsOf } from '../../src/present/date.ts';
import { headlineOf } from '../../src/present/headline.ts';
import { withUnit } from '../../src/present/number.ts';

/** Records that are on their way to Pagefind's process at once; it answers each. */
const BATCH = 200;

/** What Pagefind ships for its own search pages: ours has its own script. */
const UNUSED = /^pagefind-(?:ui|modular-ui|component-ui|highlight)\b/;

/**
 * Writes `<outDir>/pagefind`, in which the search page finds reports by title, team, description,
 * metric and current value. The folder that was there before is replaced.
 * @param site The cards of every report that has a page.
 * @throws `site-failed` with what Pagefind says.
 */
export async function writeSearchIndex(site: Pick<SiteFacts, 'reports' | 'withdrawn' | 'teams'>, outDir: string): Promise<void> {
  const { index, errors } = await createIndex({ forceLanguage: 'en' });
  if (!index) throw new DaybookError('site-failed', `search index: ${errors.join('; ')}`);
  try {
    const teams = new Map(site.teams.map(({ name, title }) => [name, title]));
    const cards = [...site.reports, ...site.withdrawn];
    for (let start = 0; start < cards.length; start += BATCH) {
      const batch = cards.slice(start, start + BATCH);
      const answers = await Promise.all(batch.map((card) => index.addCustomRecord(recordOf(card, teams.get(card.team) ?? card.team))));
      refuse(answers.flatMap((answer) => answer.errors));
    }
    const outputPath = join(outDir, 'pagefind');
    await rm(outputPath, { recursive: true, force: true });
    refuse((await index.writeFiles({ outputPath })).errors);
    const unused = (await readdir(outputPath)).filter((name) => UNUSED.test(name));
    await Promise.all(unused.map((name) => rm(join(outputPath, name))));
  } finally {
    await close();
  }
}

function refuse(errors: string[]): void {
  if (errors.length > 0) throw new DaybookError('site-failed', `search index: ${errors.join('; ')}`);
}

type SearchRecord = Parameters<NonNullable<Awaited<ReturnType<typeof createIndex>>['index']>['addCustomRecord']>[0];

function recordOf(card: ReportCard, team: string): SearchRecord {
  const { id, title, description, metrics, asOf } = card;
  const [first] = metrics;
  return {
    url: `/reports/${id}/`,
    language: 'en',
    // The title stands first and twice: a report that is named so comes before one that mentions it.
    content: [title, title, team, id.replaceAll(/[/-]/g, ' '), description, ...metrics.map(wordsOf)].join('. '),
    meta: { title, team, description, headline: first ? headlineWords(first, asOf) : 'No result yet' },
  };
}

/** A value as the page shows it, without thousands separators, and as the file has it: people copy any of them. */
function wordsOf(metric: MetricFacts): string {
  const { value, missing } = headlineOf(metric);
  const written = missing ? [] : [value, value.replaceAll(',', ''), metric.headline?.text ?? ''];
  return [metric.label, ...new Set(written), metric.unit ?? ''].join(' ');
}

function headlineWords(metric: MetricFacts, asOf: string | null): string {
  const { value, unit } = headlineOf(metric);
  const date = asOf ? `, as of ${formatAsOf(asOf)}` : '';
  return `${metric.label}: ${withUnit(value, unit)}, ${changeSentence(metric, 'previous')}${date}`;
}
