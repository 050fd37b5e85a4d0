import { DaybookError } from '../src/error.ts';
import { readEntries, readSnapshot } from '../src/snapshot/checkout.ts';
import { applyEntry, emptyState, type LedgerState, type ReportState } from '../src/snapshot/ledger-state.ts';
import { citation, pathsOf, writeManifest, type SnapshotName } from '../src/snapshot/manifest.ts';
import { selectId } from './select.ts';
import type { World } from './world.ts';

/** Prints a kept snapshot, or the list of a report's snapshots. Returns the exit code. */
export async function show(world: World, word: string, { rows, json }: { rows: boolean; json: boolean }): Promise<number> {
  const ledger = (readEntries(world.root)).reduce(applyEntry, emptyState());
  const { report, asOf, version } = parseWord(word, ledger);
  const state = ledger.reports.get(report)!;
  if (asOf === undefined) return showAll(world, report, state, json);

  const name = findSnapshot(report, state, asOf, version);
  const { manifest, csv } = readSnapshot(world.root, name);
  if (rows) world.out(csv.toString().trimEnd());
  else if (json) world.out(writeManifest(manifest).trimEnd());
  else {
    const files = pathsOf(name);
    world.out(`${citation(name)}\n  rows      ${manifest.rows.count} (${manifest.rows.bytes} bytes)  ${files.rows}\n  manifest  ${files.manifest}\n  data      ${manifest.data}\n  inputs    ${manifest.inputs_digest}`);
    for (const source of manifest.inputs.sources) for (const file of source.files) world.out(`  source    ${source.name}: ${file.path} (${file.bytes} bytes, ${file.sha256})`);
    for (const metric of manifest.metrics) world.out(`  ${metric.name} = ${metric.value ?? 'no value'}${metric.period ? ` (${metric.period})` : ''}`);
  }
  return 0;
}

function showAll(world: World, report: string, state: ReportState, json: boolean): number {
  const records = [...state.versions.values()].flat();
  if (json) world.out(JSON.stringify(records, null, 2));
  else for (const { as_of: asOf, version, sequence, time } of records) world.out(`${citation({ report, asOf, version })}  kept ${time} in ledger entry ${sequence}`);
  return 0;
}

function parseWord(word: string, ledger: LedgerState): { report: string; asOf: string | undefined; version: number | null } {
  const match = /^(?<report>[^@]+)(?:@(?<asOf>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}Z)?)(?:\.v(?<version>\d+))?)?$/.exec(word);
  if (!match?.groups) throw new DaybookError('snapshot-unknown', `"${word}" does not name a snapshot`);
  const { asOf, version } = match.groups;
  return { report: selectId(match.groups['report']!, [...ledger.reports.keys()]), asOf, version: version === undefined ? null : Number(version) };
}

/**
 * The one snapshot that a word names; without a version, the latest.
 * @throws `snapshot-unknown`, `report-unknown`, `report-ambiguous`
 */
export function snapshotOf(word: string, ledger: LedgerState): SnapshotName {
  const { report, asOf, version } = parseWord(word, ledger);
  if (asOf === undefined) throw new DaybookError('snapshot-unknown', `"${word}" names a report, not one of its snapshots`);
  return findSnapshot(report, ledger.reports.get(report)!, asOf, version);
}

function findSnapshot(report: string, { versions }: ReportState, asOf: string, version: number | null): SnapshotName {
  const all = versions.get(asOf) ?? [];
  const found = version === null ? all.at(-1) : all.find((record) => record.version === version);
  if (!found) throw new DaybookError('snapshot-unknown', `there is no snapshot ${report}@${asOf}${version === null ? '' : `.v${version}`}`);
  return { report, asOf, version: found.version };
}
