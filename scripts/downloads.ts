import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReportFacts } from '../src/analysis/facts.ts';
import { readSnapshot, rowsOf } from '../src/snapshot/checkout.ts';
import { kindOf } from '../src/snapshot/types.ts';
import { factsFolder } from './facts.ts';
import { readJson } from './files.ts';
import { localRoot } from './local.ts';
import type { World } from './world.ts';

/** Writes `<name>.csv` (the snapshot's bytes) and `<name>.json` beside the page of each report. */
export async function writeDownloads(world: World, reports: string[], out: string): Promise<void> {
  for (const id of reports) {
    const facts = await readJson<ReportFacts>(path.join(factsFolder(world.root), 'reports', `${id}.json`));
    if (!facts?.snapshot) continue;
    const { asOf, version } = facts.snapshot;
    const { manifest, csv } = readSnapshot(facts.local ? localRoot(world.root) : world.root, { report: id, asOf, version });
    const folder = path.join(out, 'reports', id);
    const name = path.basename(id);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `${name}.csv`), csv);
    await writeFile(path.join(folder, `${name}.json`), downloadJson(facts, manifest.columns, rowsOf(csv)));
  }
}

/** Rows as arrays beside their columns. Integers and decimals stay text where a double would not hold them. */
function downloadJson({ snapshot, title }: ReportFacts, columns: { name: string; type: string }[], rows: (string | null)[][]): string {
  const kinds = columns.map(({ type }) => kindOf(type));
  const cell = (text: string | null, at: number): string | number | boolean | null => {
    if (text === null) return null;
    if (kinds[at] === 'boolean') return text === 'true';
    if (!['integer', 'decimal', 'double'].includes(kinds[at]!)) return text;
    const number = Number(text);
    const exact = kinds[at] === 'double' ? Number.isFinite(number) : kinds[at] === 'integer' ? Number.isSafeInteger(number) : text.length <= 15;
    return exact ? number : text;
  };
  const lines = rows.map((row) => JSON.stringify(row.map(cell)));
  return `{"snapshot":${JSON.stringify(snapshot!.citation)},"title":${JSON.stringify(title)},"asOf":${JSON.stringify(snapshot!.asOf)},"data":${JSON.stringify(snapshot!.data)},"columns":${JSON.stringify(columns)},"rows":[\n${lines.join(',\n')}\n]}\n`;
}
