import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { JobFacts, ProblemFacts, ReportCard, RestatementFacts, SiteFacts } from '../../src/analysis/facts/facts.ts';
import type { DaybookError } from '../../src/error.ts';
import { problemsOf, type Definitions } from '../../src/report/load.ts';
import { readCheckpoint } from '../../src/snapshot/checkpoint.ts';
import { CHECKPOINT_PATH, entryDigest, type Entry } from '../../src/snapshot/entry.ts';
import type { LedgerState } from '../../src/snapshot/ledger-state.ts';
import { citation } from '../../src/snapshot/manifest.ts';

/** Job entries, and restatements, that the site lists; older ones stay in the ledger. */
const SHOWN = 1_000;

/** What all pages share: the board, the runs, the end of the ledger, what was restated. */
export function siteFacts(root: string, definitions: Definitions, entries: readonly Entry[], ledger: LedgerState, cards: ReportCard[], local: boolean): SiteFacts {
  const { instance } = definitions;
  const teams = Object.entries(instance.teams).map(([name, { title, description }]) => ({ name, title, description: description ?? null }));
  const order = new Map(teams.map(({ name }, position) => [name, position]));
  const byTeamAndTitle = (a: ReportCard, b: ReportCard): number => order.get(a.team)! - order.get(b.team)! || (a.title < b.title ? -1 : 1);
  const restatements = restatementsOf(entries, ledger);
  const counts = [...Map.groupBy(restatements, ({ report }) => report)].map(([report, own]) => ({ report, count: own.length }));
  return {
    title: instance.title, description: instance.description ?? null, url: instance.url ?? null, repository: instance.repository ?? null, instance: instance.instance,
    teams, reports: cards.filter(({ team }) => order.has(team)).sort(byTeamAndTitle), withdrawn: cards.filter(({ team }) => !order.has(team)), runs: entries.slice(-SHOWN).reverse().map(jobFacts),
    ledger: ledgerFacts(root, ledger), restatements: restatements.slice(-SHOWN).reverse(), restated: counts.sort((a, b) => b.count - a.count || (a.report < b.report ? -1 : 1)),
    problems: problemsOf(definitions).map(problemFacts), local,
  };
}

function ledgerFacts(root: string, { sequence, head, time }: LedgerState): SiteFacts['ledger'] {
  if (!head || !time) return null;
  const checkpoint = readCheckpointFile(root);
  return { sequence, head, time, checkpoint, signers: checkpoint === null ? [] : readCheckpoint(checkpoint).note.signatures.map(({ name, id }) => `${name}+${id}`) };
}

/** The bytes of snapshots/ledger/checkpoint; null where there is none. */
export function readCheckpointFile(root: string): string | null {
  try {
    return readFileSync(path.join(root, CHECKPOINT_PATH), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

/** In the order in which readers saw them: an approved one when it was approved. */
function restatementsOf(entries: readonly Entry[], { reports }: LedgerState): RestatementFacts[] {
  const found = entries.flatMap(({ changes = [] }) => changes).flatMap(({ report, as_of: asOf, version, base, restated }) => {
    const published = reports.get(report)?.versions.get(asOf)?.[version - 1]?.published;
    if (!restated || !published) return [];
    const { periods, rows, metrics, first_metrics: [first = null] } = restated;
    return [{ report, asOf, version, base, time: published.time, sequence: published.sequence, periods, rows, metrics, first }];
  });
  return found.sort((a, b) => a.sequence - b.sequence).map((one, index) => ({ number: index + 1, ...one }));
}

function problemFacts({ code, message, place, remedy }: DaybookError): ProblemFacts {
  return { code, where: [place.file, place.line].filter(Boolean).join(':') + (place.key ? ` ${place.key}` : ''), message, remedy };
}

function jobFacts(entry: Entry): JobFacts {
  const count = (status: string): number => entry.runs.filter((run) => run.status === status).length;
  const decided = (decision: string): number => entry.decided?.filter((one) => one.decision === decision).length ?? 0;
  return {
    sequence: entry.sequence, time: entry.time, digest: entryDigest(entry), job: entry.job, missed: entry.missed,
    counts: { succeeded: count('succeeded'), unchanged: count('unchanged'), failed: count('failed'), skipped: count('skipped'), kept: entry.kept.length, missed: entry.missed.reduce((sum, { count: n }) => sum + n, 0) },
    marked: { held: entry.held?.length ?? 0, approved: decided('approved'), rejected: decided('rejected'), retired: entry.retired?.length ?? 0, erased: entry.erased?.length ?? 0 },
    failures: entry.runs.filter((run) => run.status === 'failed'),
    kept: entry.kept.map(({ report, as_of: asOf, version }) => ({ citation: citation({ report, asOf, version }), report, asOf, version })),
  };
}
