import type { MetricFacts, ReportFacts } from '../facts/facts.ts';

/** What the newest snapshot says otherwise of a metric: of its headline's period, or of earlier ones. */
export interface RestatedMark {
  /** The value that had been published for the headline's period; null in it: there was none. */
  headline: { before: string | null } | null;
  /** Where the snapshot's line is. */
  asOf: string;
  version: number;
}

/** By name, the metrics that the newest snapshot restated, as far as the ledger lists them. */
export function restatedMetrics({ snapshot, metrics }: Pick<ReportFacts, 'snapshot' | 'metrics'>): Map<string, RestatedMark> {
  const listed = snapshot?.change?.restated?.first_metrics ?? [];
  const marks = metrics.flatMap(({ name, headline }: MetricFacts): [string, RestatedMark][] => {
    const own = listed.filter((value) => value.name === name);
    if (!snapshot || own.length === 0) return [];
    const same = own.find(({ period }) => period === null || period === headline?.period);
    return [[name, { headline: same ? { before: same.before } : null, asOf: snapshot.asOf, version: snapshot.version }]];
  });
  return new Map(marks);
}
