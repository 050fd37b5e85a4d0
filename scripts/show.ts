import { DaybookError, visible, visibleJson } from '../src/error.ts';
import { metricLine } from '../src/present/metric-line.ts';
import { readEntries } from '../src/snapshot/checkout.ts';
import { entryPath, type Entry } from '../src/snapshot/entry.ts';
import { applyEntry, emptyState, newestPublished, publishedVersions, type LedgerState, type ReportState, type Version } from '../src/snapshot/ledger-state.ts';
import { citationOf, nameOf, pathsOf, writeManifest, type Manifest, type SnapshotName } from '../src/snapshot/manifest.ts';
import { originOf } from './instance/brought.ts';
import { readKept, readKeptManifest } from './instance/kept.ts';
import { selectRun } from './instance/select.ts';
import type { World } from './world/world.ts';

interface ShowOptions {
  rows: boolean;
  json: boolean;
  /** A day: as readers saw it at its end, UTC. */
  asPublished?: string | undefined;
}

/** Prints a kept snapshot, or the list of a report's snapshots. Returns the exit code. */
export async function show(world: World, word: string, { rows, json, asPublished }: ShowOptions): Promise<number> {
  const entries = readEntries(world.root);
  const ledger = entries.reduce(applyEntry, emptyState());
  const { report, state, asOf, version } = parseWord(world.root, word, ledger);
  if (asOf === undefined && asPublished === undefined) return showAll(world, report, state, json);

  if (asPublished !== undefined) sayReach(world, asPublished, ledger);
  const found = asPublished === undefined ? findSnapshot(report, state, asOf!, version) : findPublished(report, state, asOf, version, asPublished);
  const name = nameOf(found);
  if (rows) world.out((await readKept(world, ledger, name)).csv.toString().trimEnd());
  else if (json) world.out(writeManifest(await readKeptManifest(world, ledger, name)).trimEnd());
  else world.out(visible(await description(world, found, state, await readKeptManifest(world, ledger, name), entries)));
  return 0;
}

/** Everything that leads from the snapshot to what made it, a fact a line. */
async function description(world: World, version: Version, state: ReportState, { rows, metrics, data, inputs, inputs_digest: digest }: Manifest, entries: readonly Entry[]): Promise<string> {
  const files = pathsOf(nameOf(version));
  const entry = entries[version.sequence - 1]!;
  const { code } = entry.job;
  const { commit, query } = await originOf(world, version.report, files.manifest, version.time, code);
  const line = (label: string, text: string): string => `  ${label.padEnd(8)}  ${text}`;
  const place = version.retired ? `  (retired: \`git show ${version.retired.commit.slice(0, 10)}:${files.rows}\`)` : '';
  return [
    citationOf(version),
    line('standing', standingWords(version, state)),
    line('rows', `${rows.count} (${rows.bytes} bytes)  ${files.rows}${version.erased ? '  (erased)' : place}`),
    line('manifest', files.manifest),
    line('data', data),
    line('entry', `${version.sequence}, ${version.time}  ${entryPath(entry)}`),
    line('code', `${code}  the commit whose reports and queries ran`),
    ...(commit === null ? [] : [line('commit', `${commit}  the commit that brought the snapshot`)]),
    line('query', `git show ${code.slice(0, 10)}:${query ?? `queries/${version.report}.sql`}${query === null ? '  (if this clone has that commit)' : ''}`),
    line('inputs', digest),
    ...inputs.sources.flatMap(({ name, files: read }) => read.map((file) => line('source', `${name}: ${file.path} (${file.bytes} bytes, ${file.sha256})`))),
    ...metrics.map((metric) => `  ${metricLine(metric)}`),
  ].join('\n');
}

function showAll(world: World, report: string, state: ReportState, json: boolean): number {
  const records = [...state.versions.keys()].sort().flatMap((asOf) => state.versions.get(asOf)!);
  if (json) world.out(visibleJson(records));
  else if (records.length === 0) throw new DaybookError('snapshot-unknown', `no snapshot of ${report} is kept: ${state.lastRun ? `its last run, ${state.lastRun.time}, ${state.lastRun.run.status}${state.lastRun.run.error ? ` (${state.lastRun.run.error.code})` : ''}` : 'it has never run'}`, {}, `\`npx daybook run ${report}\` says what is wrong.`);
  else world.out(records.map((record) => `${citationOf(record)}  ${standingWords(record, state)}; kept ${record.time} in ledger entry ${record.sequence}`).join('\n'));
  return 0;
}

/** `published`, `published, superseded by v2 on 2026-11-30`, `held: 1 approval is missing`, … and what became of its files. */
function standingWords(version: Version, state: ReportState): string {
  const { standing, published, approvers, retired, erased } = version;
  const next = publishedVersions(state).find((other) => other.as_of === version.as_of && other.version > version.version);
  const words = {
    published: () => `published${approvers > 0 ? ` ${published!.time} in entry ${published!.sequence}` : ''}${next ? `, superseded by v${next.version} on ${next.published!.time.slice(0, 10)}` : ''}`,
    held: () => `held: readers do not see it before ${approvers === 1 ? 'somebody has' : `${approvers} people have`} approved it`,
    rejected: () => 'rejected: readers never see it',
  }[standing]();
  return [words, ...(erased ? [`erased ${erased.time.slice(0, 10)} (${erased.reason}, ${erased.ticket})`] : []), ...(retired ? ['retired'] : [])].join(', ');
}

function parseWord(root: string, word: string, ledger: LedgerState): { report: string; state: ReportState; asOf: string | undefined; version: number | null } {
  const match = /^(?<report>[^@]+)(?:@(?<asOf>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}Z)?)(?:\.v(?<version>\d+))?)?$/.exec(word);
  if (!match?.groups) throw new DaybookError('snapshot-unknown', `"${word}" does not name a snapshot`);
  const { asOf, version } = match.groups;
  return { ...selectRun(root, match.groups['report']!, ledger), asOf, version: version === undefined ? null : Number(version) };
}

/**
 * The one snapshot that a word names; without a version, the latest that was published.
 * @throws `snapshot-unknown`, `report-unknown`, `report-ambiguous`
 */
export function snapshotOf({ root }: Pick<World, 'root'>, word: string, ledger: LedgerState): SnapshotName {
  const { report, state, asOf, version } = parseWord(root, word, ledger);
  if (asOf === undefined) throw new DaybookError('snapshot-unknown', `"${word}" names a report, not one of its snapshots`);
  return nameOf(findSnapshot(report, state, asOf, version));
}

function findSnapshot(report: string, { versions }: ReportState, asOf: string, version: number | null): Version {
  const all = versions.get(asOf) ?? [];
  const found = version === null ? all.findLast(({ standing }) => standing === 'published') : all.find((record) => record.version === version);
  if (found) return found;
  const waiting = version === null ? all.at(-1) : undefined;
  if (waiting) throw new DaybookError('snapshot-unknown', `no version of ${report}@${asOf} is published; v${waiting.version} is ${waiting.standing}`, {}, `Name it with its version: \`npx daybook show ${report}@${asOf}.v${waiting.version}\`.`);
  throw new DaybookError('snapshot-unknown', `there is no snapshot ${report}@${asOf}${version === null ? '' : `.v${version}`}`);
}

/** Nobody knows what readers will see; and what jobs have published since the newest entry here, this clone does not know. @throws `wrong-use` */
function sayReach(world: World, day: string, { sequence, time }: LedgerState): void {
  if (day <= time!.slice(0, 10)) return;
  const today = world.now().toISOString().slice(0, 10);
  if (day > today) throw new DaybookError('wrong-use', `${day} has not come: it is ${today}, and the ledger’s newest entry is of ${time}`, {}, 'Leave --as-published out for what is published now.');
  world.err(`note: the ledger here ends with entry ${sequence} of ${time}, before ${day}: this holds if no job has run since; \`git pull\` brings what others have entered`);
}

/** What readers saw at the end of a day: of one as-of, or the newest. @throws `snapshot-unknown`, `wrong-use` */
function findPublished(report: string, state: ReportState, asOf: string | undefined, version: number | null, day: string): Version {
  if (version !== null) throw new DaybookError('wrong-use', '--as-published finds the version: name the report, or the report and its as-of', {}, `Leave out .v${version}.`);
  const end = `${day}T23:59:59Z`;
  const found = asOf === undefined ? newestPublished(state, undefined, end) : publishedVersions(state).findLast((one) => one.as_of === asOf && one.published!.time <= end);
  if (!found) throw new DaybookError('snapshot-unknown', `on ${day} readers had seen nothing of ${report}${asOf === undefined ? '' : `@${asOf}`} yet`, {}, `\`npx daybook show ${report}\` lists what was published when.`);
  return found;
}
