import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { compareResults, type ComparedResult } from '../../src/analysis/comparison/compare.ts';
import { openComparer } from '../../src/run/comparer.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import type { Column } from '../../src/snapshot/manifest.ts';
import { measure } from './meter.ts';
import { medians, type StageBench } from './stage.ts';

const ROWS = 1_000_000;
const COLUMNS: Column[] = [
  { name: 'id', type: 'BIGINT' }, { name: 'region', type: 'VARCHAR' }, { name: 'day', type: 'DATE' }, { name: 'orders', type: 'BIGINT' },
  { name: 'returns', type: 'INTEGER' }, { name: 'revenue', type: 'DECIMAL(12,2)' }, { name: 'share', type: 'DOUBLE' }, { name: 'code', type: 'VARCHAR' },
];
/** What `compare` gives the engine. */
const MEMORY_MB = 800;

/** Two results of a million rows and eight columns: 1 % changed, a few entered and gone. Beside the same join in DuckDB. */
export const benchCompare: StageBench = async ({ world, folder }) => {
  const [base, head] = [resultOf('base', 0), resultOf('head', 1)];
  await writeFile(path.join(folder, 'base.csv'), base.csv);
  await writeFile(path.join(folder, 'head.csv'), head.csv);
  let differing = '';
  const ours = async (): Promise<void> => {
    const engine = await openComparer({ cache: path.join(folder, 'cache'), threads: world.cores, memoryMb: MEMORY_MB, seconds: 600 });
    try {
      const comparison = await compareResults(base, head, engine, { key: ['id'], limit: 10 });
      differing = comparison.kind === 'different' ? JSON.stringify(comparison.rows) : comparison.kind;
    } finally {
      await engine.close();
    }
  };
  const { measure: before } = await measure(async () => undefined);
  const taken = await medians({ ours, bare: () => bareJoin(folder, world.cores) });
  return {
    stage: 'compare', what: `${ROWS} rows × ${COLUMNS.length} columns by key, of which 1 % differ`,
    measures: [{ name: 'compare', measure: taken.ours }, { name: 'floor: read both, full join, count and list in DuckDB', measure: taken.bare }],
    figure: { name: 'compare ÷ floor', value: taken.ours.seconds / taken.bare.seconds, aim: 1.5, unit: '×' },
    notes: [`Found: ${differing.slice(0, 200)}`, `Memory: ${(taken.ours.peakMb ?? 0) - (before.peakMb ?? 0)} MB more than before, beside both files (${Math.round((base.csv.length + head.csv.length) / 1e6)} MB).`],
  };
};

function resultOf(label: string, edition: 0 | 1): ComparedResult {
  const lines = [COLUMNS.map(({ name }) => name).join(',')];
  // The head lacks the first ten rows and has ten more.
  for (let id = 10 * edition; id < ROWS + 10 * edition; id += 1) {
    const changed = edition === 1 && id % 100 === 0 ? 1 : 0;
    const seed = Math.imul(id + 1, 0x9e3779b1) >>> 0;
    lines.push(`${id},region-${seed % 40},20${10 + (seed % 15)}-0${1 + (seed % 9)}-${10 + (seed % 18)},${(seed % 5_000) + changed},${seed % 97},${((seed % 900_000) / 100).toFixed(2)},${(seed % 9_973) / 9_973},c${seed % 100_003}`);
  }
  const csv = Buffer.from(`${lines.join('\n')}\n`);
  const rows = { count: ROWS, bytes: csv.length, sha256: digestBytes(csv) };
  return { label, report: 'team/bench', asOf: null, csv, result: { columns: COLUMNS, rows, metrics: [], checks: [] } };
}

/** What somebody would write who wants the same answer: per column how many differ, how many rows came and went, and the first of each. */
async function bareJoin(folder: string, threads: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  try {
    const types = COLUMNS.map(({ name, type }) => `'${name}': '${type}'`).join(', ');
    for (const side of ['base', 'head']) await connection.run(`create table ${side} as select * from read_csv('${path.join(folder, side).replaceAll("'", "''")}.csv', header = true, columns = {${types}})`);
    const differs = COLUMNS.slice(1).map(({ name }) => `(b.${name} is distinct from h.${name})`);
    const counts = differs.map((one) => `count(*) filter (where b.id is not null and h.id is not null and ${one})`);
    await connection.runAndReadAll(`select count(*) filter (where b.id is null), count(*) filter (where h.id is null), ${counts.join(', ')} from base b full join head h on b.id = h.id`);
    await connection.runAndReadAll(`select b.*, h.* from base b full join head h on b.id = h.id where b.id is null or h.id is null or ${differs.join(' or ')} order by coalesce(b.id, h.id) limit 30`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
