import type { ChangeDefinition } from '../../src/analysis/restatement/change-record.ts';
import { parseMetric } from '../../src/report/metric.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import { encodeCsv, orderRows } from '../../src/snapshot/csv.ts';
import type { MetricValue } from '../../src/snapshot/manifest.ts';

export type Cell = string | null;

export const metric = (name: string, value: string): ChangeDefinition['metrics'][number] => ({ name, label: name, value, format: ',d', expression: parseMetric(value) });
export const daily: ChangeDefinition = { key: ['day', 'region'], time: { column: 'day', period: 'day' }, metrics: [metric('orders', 'sum(orders)'), metric('share', 'sum(late) / sum(orders)')], personal: [] };
export const COLUMNS = ['day DATE', 'region VARCHAR', 'orders BIGINT', 'late BIGINT'];

interface More {
  columns?: string[];
  version?: number;
  metrics?: MetricValue[];
  /** In whose order the rows are kept. */
  key?: readonly string[];
}

/** A snapshot with what a change reads of it: columns, rows, as-of and headline numbers. */
export function kept(asOf: string, rows: Cell[][], { columns: texts = COLUMNS, version = 1, metrics = [], key = ['day', 'region'] }: More = {}): KeptSnapshot {
  const columns = texts.map((text) => ({ name: text.split(' ')[0]!, type: text.slice(text.indexOf(' ') + 1) }));
  const csv = encodeCsv(columns.map(({ name }) => name), orderRows(rows, key.map((name) => columns.findIndex((column) => column.name === name)).filter((index) => index >= 0)));
  const manifest = { report: 'team/orders', as_of: asOf, version, columns, metrics, rows: { count: rows.length, bytes: csv.length, sha256: digestBytes(csv) } };
  return { manifest: manifest as unknown as KeptSnapshot['manifest'], csv };
}
