import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { comparedName } from '../../src/analysis/comparison/files.ts';
import type { ReportFacts } from '../../src/analysis/facts/facts.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { encodeCsv, orderRows } from '../../src/snapshot/csv.ts';
import { dataDigest, type Manifest, type Result } from '../../src/snapshot/manifest.ts';
import { COMPARED } from './fixture-report.ts';

const HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">';

/** Writes what compare pages read: each snapshot with other cells, rows and numbers than the one before, awkward ones among them. */
export async function writeCompared(facts: string, out: string): Promise<void> {
  for (const id of COMPARED) {
    const text = await readFile(join(facts, 'reports', `${id}.json`), 'utf8').catch(() => null);
    const { history } = text === null ? { history: [] } : (JSON.parse(text) as ReportFacts);
    const beside = history.filter((snapshot) => snapshot.beside);
    if (beside.length > 0) await mkdir(join(out, 'reports', id, 'compare'), { recursive: true });
    for (const [index, { asOf, version, metrics }] of beside.entries()) {
      const names = ['date', 'origin', 'flights', 'amount', HOSTILE];
      const cells: (string | null)[][] = Array.from({ length: 300 - index }, (_, row) => ['2001-06-03', `station ${String(row).padStart(4, '0')}`, String(row * (row % 9 === 0 ? index + 1 : 1)), '1234567890.12', row % 50 === 0 ? `${HOSTILE} ${index}` : null]);
      cells.push(['2001-06-03', 'القاهرة', String(index), '0.30000000000000004', ''], ['2001-06-03', `${HOSTILE}${index}`, '1', 'NaN', 'x'.repeat(3_000 + index)]);
      const csv = encodeCsv(names, orderRows(cells, [0, 1]));
      const result: Result = {
        columns: names.map((name, at) => ({ name, type: ['DATE', 'VARCHAR', 'BIGINT', 'DOUBLE', 'VARCHAR'][at]! })), rows: { count: cells.length, bytes: csv.length, sha256: digestBytes(csv) },
        metrics: metrics.map(({ name, text: value, period }) => ({ name, value, type: 'DOUBLE', period })), checks: [],
      };
      const manifest = { report: id, as_of: asOf, version, data: dataDigest(result), ...result } as unknown as Manifest;
      const file = join(out, 'reports', id, 'compare', comparedName(asOf, version));
      await writeFile(`${file}.json`, JSON.stringify(manifest));
      await writeFile(`${file}.csv`, csv);
    }
  }
}
