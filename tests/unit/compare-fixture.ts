import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareResults, type ComparedResult, type CompareOptions } from '../../src/analysis/comparison/compare.ts';
import type { Comparison } from '../../src/analysis/comparison/comparison.ts';
import { openComparer, type Comparer } from '../../src/run/comparer.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { encodeCsv, orderRows } from '../../src/snapshot/csv.ts';
import type { CheckResult, Column, MetricValue } from '../../src/snapshot/manifest.ts';

export type Cell = string | null;

/** A table as tests write it: columns as `name TYPE`. */
export interface Table {
  columns: string[];
  rows: Cell[][];
  key?: string[];
  metrics?: MetricValue[];
  checks?: CheckResult[];
}

export function columnsOf({ columns }: Table): Column[] {
  return columns.map((text) => ({ name: text.slice(0, text.indexOf(' ')), type: text.slice(text.indexOf(' ') + 1) }));
}

export function resultOf(table: Table, label: string): ComparedResult {
  const columns = columnsOf(table);
  const names = columns.map(({ name }) => name);
  const rows = orderRows(table.rows, (table.key ?? []).map((name) => names.indexOf(name)).filter((index) => index >= 0));
  const csv = encodeCsv(names, rows);
  const result = { columns, rows: { count: rows.length, bytes: csv.length, sha256: digestBytes(csv) }, metrics: table.metrics ?? [], checks: table.checks ?? [] };
  return { label, report: 'team/report', asOf: '2026-01-07', result, csv };
}

export async function openEngine(): Promise<Comparer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-compare-'));
  const engine = await openComparer({ cache: folder, threads: 2, memoryMb: 512, seconds: 60 });
  return {
    ...engine,
    close: async () => {
      await engine.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type Compared = Exclude<Comparison, { kind: 'incomparable' }>;

export async function compare(engine: Comparer, base: Table, head: Table, options: Partial<CompareOptions> = {}): Promise<Compared> {
  const comparison = await compareResults(resultOf(base, 'base'), resultOf(head, 'head'), engine, { key: head.key ?? [], ...options });
  if (comparison.kind === 'incomparable') throw new Error(`incomparable: ${comparison.reason}`);
  return comparison;
}
