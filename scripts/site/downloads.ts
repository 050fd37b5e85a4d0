import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { comparedName } from '../../src/analysis/comparison/files.ts';
import type { ReportFacts } from '../../src/analysis/facts/facts.ts';
import { publicPart } from '../../src/analysis/facts/withheld.ts';
import { readEntries, readSnapshot, rowsOf, type KeptSnapshot } from '../../src/snapshot/checkout.ts';
import { encodeCsv } from '../../src/snapshot/csv.ts';
import { applyEntry, emptyState, type LedgerState } from '../../src/snapshot/ledger-state.ts';
import { pathsOf, writeManifest } from '../../src/snapshot/manifest.ts';
import { kindOf } from '../../src/snapshot/types.ts';
import { readKept } from '../instance/kept.ts';
import { localRoot } from '../instance/local.ts';
import { readJson } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { factsFolder } from './facts.ts';
import { readCheckpointFile } from './site-facts.ts';

/**
 * Writes `<name>.csv` (the snapshot's bytes, without columns that are left out) and `<name>.json` beside the page of each
 * report, and below `compare/` the snapshots that its compare page reads.
 * @param standing the site that stands: what it has of `compare/` is not written again, since snapshots never change; null for none
 * @param each is given the facts of each report: they are read once
 * @returns what belongs below `compare/`, relative to the site, written or not
 */
export async function writeDownloads(world: World, reports: string[], out: string, standing: string | null, each: (facts: ReportFacts) => void): Promise<string[]> {
  let ledger: LedgerState | undefined;
  const beside: string[] = [];
  for (const id of reports) {
    const facts = await readJson<ReportFacts>(path.join(factsFolder(world), 'reports', `${id}.json`));
    if (facts) each(facts);
    if (!facts?.snapshot) continue;
    if (hasDownload(facts)) {
      const { asOf, version, retired, files, manifest } = facts.snapshot;
      const name = { report: id, asOf, version };
      const isElsewhere = !facts.local && (retired !== null || files.rows === null);
      if (isElsewhere) ledger ??= readEntries(world.root).reduce(applyEntry, emptyState());
      await writeNewest(facts, isElsewhere ? await readKept(world, ledger!, name) : readSnapshot(facts.local ? localRoot(world) : world.root, name, manifest), out);
    }
    beside.push(...(await writeCompared(world, facts, out, standing)));
  }
  return beside;
}

/** The checkpoint's bytes, for whoever keeps them elsewhere. */
export async function writeCheckpointFile({ root }: World, out: string): Promise<void> {
  const text = readCheckpointFile(root);
  if (text === null) return;
  await mkdir(out, { recursive: true });
  await writeFile(path.join(out, 'checkpoint.txt'), text);
}

/** False where the rows were destroyed, or are all left out. */
function hasDownload({ snapshot, withheld }: ReportFacts): boolean {
  return snapshot !== null && !snapshot.erased && !withheld?.rows;
}

async function writeNewest(facts: ReportFacts, { manifest, csv }: KeptSnapshot, out: string): Promise<void> {
  const folder = path.join(out, 'reports', facts.id);
  const file = path.join(folder, path.basename(facts.id));
  const { columns, rows } = publicPart(manifest.columns, rowsOf(csv), facts.withheld);
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.csv`, facts.withheld ? encodeCsv(columns.map(({ name }) => name), rows) : csv);
  await writeFile(`${file}.json`, downloadJson(facts, columns, rows));
}

async function writeCompared({ root }: World, { id, history }: ReportFacts, out: string, standing: string | null): Promise<string[]> {
  const files: string[] = [];
  for (const { asOf, version, manifest: digest } of history.filter(({ beside }) => beside)) {
    const stem = `reports/${id}/compare/${comparedName(asOf, version)}`;
    files.push(`${stem}.json`, `${stem}.csv`);
    const name = { report: id, asOf, version };
    if (standing !== null && (await stands(path.join(standing, stem), path.join(root, pathsOf(name).manifest)))) continue;
    const { manifest, csv } = readSnapshot(root, name, digest);
    await mkdir(path.join(out, path.dirname(stem)), { recursive: true });
    await writeFile(path.join(out, `${stem}.csv`), csv);
    await writeFile(path.join(out, `${stem}.json`), writeManifest(manifest));
  }
  return files;
}

/** The manifest names its rows by their digest. */
async function stands(stem: string, manifest: string): Promise<boolean> {
  const [there, own, rows] = await Promise.all([readFile(`${stem}.json`).catch(() => null), readFile(manifest), stat(`${stem}.csv`).catch(() => null)]);
  return there !== null && rows !== null && there.equals(own);
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
