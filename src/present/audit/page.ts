import type { Audit } from '../../analysis/audit/document.ts';
import { auditWords, totalsWords, type AuditItem, type NamesOfReports } from './words.ts';

/** What happened to one report, or to what several share, newest first. */
interface AuditGroup {
  report: string | null;
  /** Sums of what was kept; null where nothing was. */
  words: string | null;
  items: PageItem[];
  /** Items beyond those. */
  more: number;
}

export interface PageItem extends AuditItem {
  kind: string;
}

const KINDS: { [section: string]: string } = {
  intrusions: 'snapshots/ touched', definitions: 'Definition', keys: 'Signing key', restated: 'Restated', approvals: 'Approval', erased: 'Erased', retired: 'Retired', failures: 'Not run', engines: 'Engine', unknown: 'Not known',
};
const MOST_ITEMS = 30;

/** Groups to read one after the other; a commit that touched several reports stands in each with what it did there. The first is what they share. */
export function auditGroups(audit: Audit, names: NamesOfReports): AuditGroup[] {
  const definitions = audit.definitions.flatMap((change) => [...Map.groupBy(change.files, ({ report }) => report).values()].map((files) => ({ ...change, files })));
  const items = auditWords({ ...audit, definitions }, names).sections.flatMap(({ id, items: own }) => (KINDS[id] === undefined ? [] : own.map((item): PageItem => ({ ...item, kind: KINDS[id]! }))));
  const byReport = Map.groupBy(items, ({ report }) => report);
  const kept = new Map(audit.reports.map((one) => [one.report, one]));
  const reports = [...new Set([...kept.keys(), ...[...byReport.keys()].filter((report) => report !== null)])].sort();
  return [null, ...reports].map((report) => {
    const own = (byReport.get(report) ?? []).toSorted((a, b) => ((a.time ?? '') > (b.time ?? '') ? -1 : (a.time ?? '') < (b.time ?? '') ? 1 : 0));
    const sums = report === null ? undefined : kept.get(report);
    return { report, words: sums ? `${sums.kept} kept: ${totalsWords(sums)}` : null, items: own.slice(0, MOST_ITEMS), more: Math.max(0, own.length - MOST_ITEMS) };
  });
}
