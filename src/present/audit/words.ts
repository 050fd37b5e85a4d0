import type { Audit, AuditedSnapshot, AuditTotals } from '../../analysis/audit/document.ts';
import { plural } from '../../snapshot/count.ts';
import { citationOf } from '../../snapshot/manifest.ts';
import { restatedRowWords, restatedValueWords, type ChangeNames } from '../change-record.ts';
import { formatAsOf, formatInstant } from '../date.ts';
import { formatNumber } from '../number.ts';
import { authorshipLines, fileLines, intrusionLines, keyWords, personWords } from './definitions.ts';
import { line } from './rows.ts';

/** An audit in words, as plain text on single lines: escaped for no medium. */
export interface AuditWords {
  title: string;
  summary: string[];
  sections: AuditSection[];
}

export interface AuditSection {
  id: string;
  title: string;
  items: AuditItem[];
  /** Said where there is nothing; null leaves the section out. */
  empty: string | null;
}

export interface AuditItem {
  time: string | null;
  report: string | null;
  /** Citation. */
  snapshot: string | null;
  what: string;
  lines: string[];
  commit: string | null;
  entry: number | null;
  pull: number | null;
  alert: boolean;
}

/** How the words call and write what is of a report: of those that still have a definition. */
export type NamesOfReports = ReadonlyMap<string, ChangeNames>;

const LONGEST_ROW = 1_000;

const ITEM: AuditItem = { time: null, report: null, snapshot: null, what: '', lines: [], commit: null, entry: null, pull: null, alert: false };

/** A period’s audit as a person reads it; text, HTML and pages are drawn from it. */
export function auditWords(audit: Audit, names: NamesOfReports): AuditWords {
  const { from, to, report } = audit;
  const days = from === to ? formatAsOf(from) : `${formatAsOf(from)} to ${formatAsOf(to)}`;
  return {
    title: `Audit, ${days}${report === null ? '' : `: ${report}`}`,
    summary: summaryOf(audit),
    sections: [
      { id: 'intrusions', title: 'Commits of people below snapshots/', items: intrusions(audit), empty: null },
      { id: 'definitions', title: 'Changes of definitions', items: definitions(audit), empty: audit.history.commit === null ? 'Git could not be asked.' : 'No definition was changed.' },
      { id: 'keys', title: 'Who may sign the ledger', items: audit.keys.map((change) => ({ ...ITEM, time: change.time, what: keyWords(change), lines: [`by ${personWords(change.author)}`], commit: change.commit })), empty: null },
      { id: 'restated', title: 'Restated: numbers that had been published otherwise', items: restated(audit, names), empty: 'Nothing that had been published was restated.' },
      { id: 'approvals', title: 'Approvals', items: approvals(audit), empty: null },
      { id: 'erased', title: 'Erased', items: erasures(audit), empty: null },
      { id: 'retired', title: 'Retired from the work tree', items: retirements(audit), empty: null },
      { id: 'failures', title: 'Failed and missed', items: failures(audit), empty: 'No run failed, and none was missed.' },
      { id: 'engines', title: 'Engine', items: audit.engines.map(({ before, after, ...at }) => ({ ...ITEM, ...entered(at), what: `${line(before)} → ${line(after)}` })), empty: null },
      { id: 'reports', title: 'Kept, by report', items: byReport(audit), empty: 'Nothing was kept.' },
      { id: 'unknown', title: 'Not known', items: unknowns(audit), empty: null },
    ],
  };
}

function summaryOf({ ledger, history, totals }: Audit): string[] {
  const { runs, missed, held, approved, rejected, retired, erased } = totals;
  const entries = ledger.first === null ? 'No ledger entry' : ledger.first === ledger.last ? `Ledger entry ${ledger.first}` : `Ledger entries ${ledger.first} to ${ledger.last}`;
  const ran = [`${plural(runs.succeeded, 'run')} succeeded`, ...counted([[runs.unchanged, 'unchanged'], [runs.failed, 'failed'], [runs.skipped, 'skipped'], [missed, 'missed']])];
  const became = counted([[held, 'held for approval'], [approved, 'approved'], [rejected, 'rejected'], [retired, 'retired from the work tree'], [erased, 'erased']]);
  return [
    `${totalsWords(totals)}.`,
    `${entries}: ${ran.join(', ')}; ${[`${plural(totals.kept, 'snapshot')} kept`, ...became].join(', ')}. ${plural(totals.definitions, 'commit')} changed definitions.`,
    ...(history.commit === null ? [] : [`Git’s history up to commit ${history.commit.slice(0, 10)}; the ledger up to entry ${ledger.sequence}${ledger.head === null ? '' : `, ${ledger.head}`}.`]),
    ...history.notes,
  ];
}

function counted(parts: [number, string][]): string[] {
  return parts.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
}

function number(count: number): string {
  return formatNumber(count, ',d');
}

/** `2,847 rows entered, 123 modified, 0 deleted; 12 modified rows and 3 metrics of periods already published (restated)` */
export function totalsWords({ rows, restated, unknown }: Pick<AuditTotals, 'rows' | 'restated' | 'unknown'>): string {
  const kinds = counted([[restated.modified, 'modified'], [restated.added, 'added'], [restated.removed, 'removed']]);
  const touched = restated.modified + restated.added + restated.removed;
  const told = [...(touched > 0 ? [`${kinds.join(' and ')} ${touched === 1 ? 'row' : 'rows'}`] : []), ...(restated.metrics > 0 ? [plural(restated.metrics, 'metric')] : [])].join(kinds.length > 1 ? ', and ' : ' and ');
  return [
    `${plural(rows.entered, 'row')} entered, ${number(rows.modified)} modified, ${number(rows.deleted)} deleted`,
    told === '' ? 'nothing that had been published was restated' : `${told} of periods already published (restated)`,
    ...(unknown > 0 ? [`what ${plural(unknown, 'snapshot')} changed is not known`] : []),
  ].join('; ');
}

function byEntry(a: AuditItem, b: AuditItem): number {
  return a.entry! - b.entry!;
}

interface At {
  entry: number;
  time: string;
  commit: string | null;
}

function entered({ entry, time, commit }: At): Pick<AuditItem, 'entry' | 'time' | 'commit'> {
  return { entry, time, commit };
}

function intrusions({ intrusions: list }: Audit): AuditItem[] {
  return list.map((one) => ({ ...ITEM, time: one.time, what: line(one.subject, 200) || 'without a message', lines: [...authorshipLines(one), ...intrusionLines(one)], commit: one.commit, pull: one.pull, alert: true }));
}

function definitions({ definitions: list }: Audit): AuditItem[] {
  return list.map((one) => {
    const reports = new Set(one.files.map(({ report }) => report));
    const [report = null] = reports.size === 1 ? reports : [];
    const why = one.body.split('\n').map((text) => line(text, 200)).filter(Boolean);
    return { ...ITEM, time: one.time, report, what: line(one.subject, 200) || 'without a message', lines: [...authorshipLines(one), ...why.slice(0, 6).map((text) => `| ${text}`), ...one.files.flatMap(fileLines)], commit: one.commit, pull: one.pull };
  });
}

function restated({ snapshots }: Audit, names: NamesOfReports): AuditItem[] {
  return snapshots.filter((one) => one.restated !== null).map((one) => ({
    ...ITEM, ...entered(one), report: one.report, snapshot: citationOf(one), what: restatedWords(one), lines: restatedLines(one, names.get(one.report)),
  }));
}

function restatedWords({ base, restated: found, computed, approvers, standing }: AuditedSnapshot): string {
  const { rows, metrics } = found!;
  const kinds = (['modified', 'added', 'removed'] as const).filter((kind) => rows[kind] > 0).map((kind) => `${plural(rows[kind], 'row')} ${kind}`);
  const parts = [...kinds, ...(metrics > 0 ? [plural(metrics, 'metric')] : [])];
  const how = [...(computed ? ['computed for this audit'] : []), ...(approvers > 0 ? [standing === 'published' ? 'approved since' : `${standing}: readers see nothing of it`] : [])];
  return `against ${base ?? 'nothing'}: ${parts.join(', ')}${how.length > 0 ? ` (${how.join('; ')})` : ''}`;
}

function restatedLines({ restated: found }: AuditedSnapshot, names: ChangeNames = {}): string[] {
  const { rows, metrics, first_rows: firstRows, first_metrics: firstMetrics } = found!;
  const more = rows.added + rows.removed + rows.modified - firstRows.length;
  const moreMetrics = metrics - firstMetrics.length;
  return [
    ...firstMetrics.map((metric) => line(restatedValueWords(metric, names), LONGEST_ROW)), ...(moreMetrics > 0 ? [`… and ${plural(moreMetrics, 'more metric')}`] : []),
    ...firstRows.map((row) => line(restatedRowWords(row, names), LONGEST_ROW)), ...(more > 0 ? [`… and ${plural(more, 'more row')}`] : []),
  ];
}

function approvals({ snapshots, decided }: Audit): AuditItem[] {
  const held = snapshots.filter(({ approvers }) => approvers > 0).map((one) => ({ ...ITEM, ...entered(one), report: one.report, snapshot: citationOf(one), what: `held until ${plural(one.approvers, 'person approves', 'people approve')} it` }));
  const told = decided.map((one) => ({
    ...ITEM, ...entered(one), report: one.report, snapshot: citationOf(one), what: `${one.decision} by ${one.by.map((name) => line(name)).join(', ')}, ${formatInstant(one.at)}`,
    lines: one.pull === null ? [] : [`pull request: ${line(one.pull, 200)}`],
  }));
  return [...held, ...told].sort(byEntry);
}

function erasures({ erased }: Audit): AuditItem[] {
  return erased.map((one) => ({
    ...ITEM, ...entered(one), report: one.report, what: `${one.report}@${one.as_of}, ${plural(one.versions.length, 'version')}: rows destroyed`,
    lines: [`reason ${one.reason}, ticket ${line(one.ticket)}, approved by ${line(one.approver)}`],
  }));
}

/** One line a report and entry: a job retires hundreds at once. */
function retirements({ retired }: Audit): AuditItem[] {
  return [...Map.groupBy(retired, ({ entry, report }) => `${entry} ${report}`).values()].map((group) => {
    const [first] = group;
    return { ...ITEM, ...entered(first!), report: first!.report, what: plural(group.length, 'snapshot'), lines: [`${citationOf(first!)}${group.length > 1 ? ` to ${citationOf(group.at(-1)!)}` : ''}; Git’s history has them at commit ${line(first!.in_commit)}`] };
  });
}

function failures({ failures: failed, missed }: Audit): AuditItem[] {
  const items = [
    ...failed.map((one) => ({ ...ITEM, ...entered(one), report: one.report, what: `for ${formatAsOf(one.as_of)} failed: ${line(one.code)}`, lines: [line(one.message, 300)] })),
    ...missed.map((one) => ({ ...ITEM, ...entered(one), report: one.report, what: `missed ${plural(one.count, 'time')}, ${one.from}${one.count > 1 ? ` to ${one.to}` : ''}`, lines: [line(one.reason, 300)] })),
  ];
  return items.sort(byEntry);
}

function byReport({ reports }: Audit): AuditItem[] {
  return reports.map(({ report, kept, rows }) => {
    const left = rows.left > 0 ? `, ${number(rows.left)} left behind by a moving window` : '';
    return { ...ITEM, report, what: `${plural(kept, 'snapshot')}: ${plural(rows.entered, 'row')} entered, ${number(rows.modified)} modified, ${number(rows.deleted)} deleted${left}` };
  });
}

function unknowns({ snapshots }: Audit): AuditItem[] {
  const byReason = Map.groupBy(snapshots.filter(({ rows }) => rows === null), ({ unknown }) => unknown!);
  return [...byReason].map(([reason, own]) => ({ ...ITEM, what: `What ${plural(own.length, 'snapshot')} changed: ${line(reason, 300)}`, lines: own.slice(0, 5).map(citationOf) }));
}
