import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cardOf } from '../../src/analysis/facts/report-facts.ts';
import type { JobFacts, ReportFacts, SiteFacts } from '../../src/analysis/facts/facts.ts';
import { writeAuditFixture } from './fixture-audit.ts';
import { HARD_CASES } from './fixture-cases.ts';
import { digest, regular } from './fixture-report.ts';

export interface FixtureOptions {
  /** How many reports of teams: 1, or the hard cases and regular ones up to this number. */
  reports: number;
  url: string | null;
}

const TEAMS = ['aviation', 'climate', 'economy', 'wildlife', 'hazards', 'energy', 'platform'];

/** Writes the facts of a site that no real instance has: every state and every awkward text and number at once. */
export async function writeFixture(folder: string, { reports: count, url }: FixtureOptions): Promise<SiteFacts> {
  const hard = count === 1 ? [] : HARD_CASES;
  const reports = [
    ...hard,
    ...Array.from({ length: count - hard.filter(({ team }) => team).length }, (_, index) => regular(index, index === 0 ? 'aviation' : TEAMS[index % TEAMS.length]!)),
  ].sort((a, b) => (a.team === b.team ? (a.title < b.title ? -1 : 1) : a.team < b.team ? -1 : 1));
  const site: SiteFacts = {
    title: 'Daybook demo', description: 'Public data, reported daily', url, repository: 'https://example.org/daybook', instance: 'demo',
    teams: TEAMS.map((name) => ({ name, title: name[0]!.toUpperCase() + name.slice(1), description: name === 'aviation' ? 'Departures, delay and punctuality of US domestic flights' : null })),
    reports: reports.filter(({ team }) => team).map(cardOf), withdrawn: reports.filter(({ team }) => !team).map(cardOf),
    runs: Array.from({ length: count === 1 ? 3 : 140 }, (_, index) => job((count === 1 ? 3 : 140) - index, reports)),
    ledger: { sequence: count === 1 ? 3 : 140, head: digest('head'), time: '2001-07-01T06:12:00Z', checkpoint: 'demo\n140\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n', signers: [] },
    ...restatements(count === 1 ? [] : reports),
    problems: count === 1 ? [] : [{ code: 'unknown-key', where: 'reports/economy/jobs.yml:12', message: 'fromat: unknown key; did you mean format? <script>window.hacked=1</script>', remedy: 'Remove the key, or spell it as one of the known keys.' }],
    local: false,
  };
  await write(join(folder, 'site.json'), site);
  for (const report of reports) await write(join(folder, 'reports', `${report.id}.json`), report);
  await writeAuditFixture(folder);
  return site;
}

/** More than one page of them. */
function restatements(reports: ReportFacts[]): Pick<SiteFacts, 'restatements' | 'restated'> {
  const kept = reports.filter(({ snapshot }) => snapshot?.change?.restated);
  const list = kept.length === 0 ? [] : Array.from({ length: 130 }, (_, index) => {
    const { id, history } = kept[index % kept.length]!;
    const { asOf, version, change, time } = history[0]!;
    const { periods, rows, metrics, first_metrics: [first = null] } = change!.restated!;
    return { number: 130 - index, report: id, asOf, version, base: change!.base, time, sequence: 140, periods, rows, metrics, first };
  });
  const counts = [...Map.groupBy(list, ({ report }) => report)].map(([report, own]) => ({ report, count: own.length }));
  return { restatements: list, restated: counts.sort((a, b) => b.count - a.count) };
}

function job(sequence: number, reports: ReportFacts[]): JobFacts {
  const failed = sequence % 3 === 0;
  const kept = reports.filter(({ snapshot }) => snapshot).slice(0, 12);
  return {
    sequence, time: '2001-07-01T06:12:00Z', digest: digest(`entry-${sequence}`),
    job: { trigger: 'schedule', actor: 'ci', code: '0123456789abcdef0123456789abcdef01234567', url: null },
    counts: { succeeded: 5, unchanged: 12, failed: failed ? 1 : 0, skipped: 0, kept: kept.length, missed: failed ? 1 : 0 },
    failures: failed ? [{
      report: 'aviation/flights-0', slot: '2001-06-30T06:00Z', requested: '2001-06-30', as_of: null, status: 'failed', attempts: 2, milliseconds: 900,
      definition: digest('definition'), inputs: null, data: null, error: { code: 'query-syntax', message: 'queries/flights.sql:3:8: syntax error at or near "FORM" <img src=x onerror=window.hacked=1>' }, warnings: [],
    }] : [],
    kept: kept.map(({ id, snapshot }) => ({ citation: snapshot!.citation, report: id, asOf: snapshot!.asOf, version: snapshot!.version })),
    marked: { held: sequence === 140 ? 1 : 0, approved: sequence === 139 ? 2 : 0, rejected: 0, retired: sequence === 138 ? 35 : 0, erased: 0 },
    missed: failed ? [{ report: 'aviation/flights-0', from: '2001-06-27T06:00Z', to: '2001-06-29T06:00Z', count: 3, reason: 'the job did not run' }] : [],
  };
}

async function write(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value));
}
