import type { AuditIndex, AuditMonth } from '../analysis/audit/facts.ts';
import type { NamesOfReports } from '../present/audit/words.ts';
import { onlyListed, read } from './facts.ts';

/** @throws `site-failed` where the index is missing or is not what the pages expect. */
export function readAuditIndex(): AuditIndex {
  return read<AuditIndex>('audit/index.json', ['months', 'notes']);
}

/** @throws `site-failed` */
export function readAuditMonth(month: string): AuditMonth {
  return read<AuditMonth>(`audit/${month}.json`, ['month', 'audit', 'omitted', 'names']);
}

/** The months whose pages this build writes: all, or those that something new was heard of. */
export function auditMonthsToBuild(): string[] {
  const months = readAuditIndex().months.map(({ month }) => month);
  const only = onlyListed();
  return only === null ? months : months.filter((month) => only.has(`audit:${month}`));
}

export function namesOfMonth({ names }: AuditMonth): NamesOfReports {
  return new Map(Object.entries(names).map(([id, { key, metrics }]) => [id, { key, metrics: new Map(Object.entries(metrics)) }]));
}

/** The page of a pull request where the Git host is one whose addresses are known. */
export function pullAddress(repository: string | null, pull: number | null): string | null {
  if (repository === null || pull === null) return null;
  const place = repository.replace(/\/$/, '');
  const { hostname } = new URL(repository);
  if (/(^|\.)github\./.test(hostname)) return `${place}/pull/${pull}`;
  return /(^|\.)gitlab\./.test(hostname) ? `${place}/-/merge_requests/${pull}` : null;
}
