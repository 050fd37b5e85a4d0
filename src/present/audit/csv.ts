import type { Audit } from '../../analysis/audit/document.ts';
import { visible } from '../../error.ts';
import { citationOf } from '../../snapshot/manifest.ts';
import { changedWords, keyWords, personWords, signatureWords } from './definitions.ts';
import { line, metricWords, rowWords, type ValueWords } from './rows.ts';
import type { NamesOfReports } from './words.ts';

/** One thing that happened; what does not apply is empty. */
interface AuditEvent {
  time: string;
  kind: string;
  report: string;
  snapshot: string;
  who: string;
  what: string;
  before: string;
  after: string;
  commit: string;
  entry: string;
}

const COLUMNS = ['time', 'kind', 'report', 'snapshot', 'who', 'what', 'before', 'after', 'commit', 'entry'] as const satisfies readonly (keyof AuditEvent)[];
const EVENT: AuditEvent = { time: '', kind: '', report: '', snapshot: '', who: '', what: '', before: '', after: '', commit: '', entry: '' };

/** For people's spreadsheets: a row an event, in the order of time; cells that would run as formulas are texts. */
export function auditCsv(audit: Audit, names: NamesOfReports): string {
  const events = [...commitEvents(audit), ...snapshotEvents(audit, names), ...runEvents(audit), ...laterEvents(audit)];
  const order = events.toSorted((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1));
  return `${[COLUMNS.join(','), ...order.map((event) => COLUMNS.map((column) => cell(event[column])).join(','))].join('\n')}\n`;
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A spreadsheet takes a cell that begins so for a formula, also in quotes. */
function cell(text: string): string {
  const flat = visible(text.replace(/[\r\n\t]+/g, ' '));
  const safe = /^\s*[=+\-@]/.test(flat) && !NUMBER.test(flat) ? `'${flat}` : flat;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function commitEvents({ definitions, intrusions, keys }: Audit): AuditEvent[] {
  return [
    ...definitions.flatMap((change) => {
      const common = { ...EVENT, time: change.time, who: personWords(change.author), commit: change.commit, entry: '' };
      const why = `${change.pull === null ? '' : `#${change.pull} `}${line(change.subject, 200)} (${signatureWords(change)})`;
      return change.files.flatMap((file): AuditEvent[] => {
        const own = { ...common, report: file.report ?? '', kind: `definition-${file.status}`, what: `${file.path}: ${why}` };
        if (file.changes.length === 0) return [own];
        return file.changes.map(({ key, before, after }) => ({ ...own, what: `${file.path} ${line(key, 160)}: ${why}`, before: before ?? '', after: after ?? '' }));
      });
    }),
    ...intrusions.map((one) => ({ ...EVENT, time: one.time, kind: 'snapshots-touched', who: personWords(one.author), what: `${one.files} files below snapshots/: ${line(one.subject, 200)}`, commit: one.commit })),
    ...keys.map((key) => ({ ...EVENT, time: key.time, kind: `key-${key.change}`, who: personWords(key.author), what: keyWords(key), commit: key.commit })),
  ];
}

interface At {
  entry: number;
  time: string;
  commit: string | null;
}

function entered({ entry, time, commit }: At): Pick<AuditEvent, 'entry' | 'time' | 'commit'> {
  return { entry: String(entry), time, commit: commit ?? '' };
}

function snapshotEvents({ snapshots }: Audit, names: NamesOfReports): AuditEvent[] {
  return snapshots.flatMap((one) => {
    const common = { ...EVENT, ...entered(one), report: one.report, snapshot: citationOf(one) };
    const counts = one.rows === null ? `not known: ${one.unknown}` : `${one.rows.entered} rows entered, ${one.rows.modified} modified, ${one.rows.deleted} deleted, ${one.rows.left} left behind`;
    const changed = (kind: string) => ({ what, before, after }: ValueWords): AuditEvent => ({ ...common, kind, what, before, after });
    const held = one.approvers > 0 ? [{ ...common, kind: 'held', what: `until ${one.approvers} approve it` }] : [];
    const { first_rows: rows = [], first_metrics: metrics = [] } = one.restated ?? {};
    return [{ ...common, kind: 'kept', what: counts, before: one.base ?? '' }, ...held, ...metrics.map(metricWords).map(changed('restated-metric')), ...rows.flatMap((row) => rowWords(row, names.get(one.report)?.key ?? []).map(changed(`restated-row-${row.kind}`)))];
  });
}

function runEvents({ failures, missed, engines }: Audit): AuditEvent[] {
  return [
    ...failures.map((one) => ({ ...EVENT, ...entered(one), kind: 'failed', report: one.report, what: `for ${one.as_of}: ${one.code}: ${line(one.message, 300)}` })),
    ...missed.map((one) => ({ ...EVENT, ...entered(one), kind: 'missed', report: one.report, what: `${one.count} times, ${one.from} to ${one.to}: ${line(one.reason, 300)}` })),
    ...engines.map(({ before, after, ...at }) => ({ ...EVENT, ...entered(at), kind: 'engine', what: 'engine', before, after })),
  ];
}

function laterEvents({ decided, retired, erased }: Audit): AuditEvent[] {
  return [
    ...decided.map((one) => ({ ...EVENT, ...entered(one), kind: one.decision, report: one.report, snapshot: citationOf(one), who: one.by.join(' '), what: changedWords('standing', 'held', one.decision === 'approved' ? 'published' : 'rejected') + (one.pull === null ? '' : ` ${line(one.pull, 200)}`) })),
    ...retired.map((one) => ({ ...EVENT, ...entered(one), kind: 'retired', report: one.report, snapshot: citationOf(one), what: `Git’s history has it at commit ${one.in_commit}` })),
    ...erased.map((one) => ({ ...EVENT, ...entered(one), kind: 'erased', report: one.report, snapshot: `${one.report}@${one.as_of}`, who: one.approver, what: `rows of ${one.versions.length} versions destroyed: ${one.reason}, ticket ${one.ticket}` })),
  ];
}
