import { isSalted, saltedDigest } from '../../snapshot/canonical.ts';
import type { Entry } from '../../snapshot/entry.ts';
import { citation, nameOf, pathsOf } from '../../snapshot/manifest.ts';
import type { PersonalStore } from '../personal.ts';
import { finding, layer, notChecked, type Finding, type Layer } from './layer.ts';
import { factsOf, rowsProblems, type FileFacts } from './snapshots.ts';

/**
 * Rows with personal data, which only those have who may read the store.
 * @param store null where the auditor has none
 * @param facts of the manifests, by path
 */
export async function personalLayer(entries: readonly Entry[], facts: ReadonlyMap<string, FileFacts>, store: PersonalStore | null): Promise<Layer> {
  const kept = entries.flatMap((entry) => entry.kept.filter(({ rows }) => isSalted(rows)).map((record) => ({ record, sequence: entry.sequence })));
  if (kept.length === 0) return layer('personal', 'There are none.');
  const erased = new Map(entries.flatMap((entry) => (entry.erased ?? []).flatMap(({ report, as_of: asOf, versions }) => versions.map((version) => [citation({ report, asOf, version }), entry.sequence] as const))));
  if (store === null) return notChecked('personal', `${kept.length} snapshots have rows outside of Git, ${erased.size} of them erased. Give the folder that has them (--personal-store).`);

  const findings: Finding[] = [];
  const left: Finding[] = [];
  for (const { record, sequence } of kept) {
    const name = nameOf(record);
    const paths = pathsOf(name);
    const csv = await store.read(name, record.rows);
    const by = erased.get(citation(name));
    if (by !== undefined) {
      if (csv !== null) left.push(finding(`ledger entry ${by} erased the rows of ${citation(name)}, and the store has them still`, { file: paths.manifest, sequence: by }));
      continue;
    }
    const about = { file: paths.manifest, sequence };
    const salt = await store.knownSalt(name.report, name.asOf).catch(() => null);
    if (csv === null || salt === null) findings.push(finding(`the ${csv === null ? 'rows' : 'salt'} of ${citation(name)} ${csv === null ? 'are' : 'is'} missing in the store, and no entry erased ${csv === null ? 'them' : 'it'}`, about));
    else for (const message of problemsOf(salt, csv, record.rows, paths, facts)) findings.push(finding(message, about));
  }
  const detail = `${kept.length - erased.size} snapshots by their salted digests; ${erased.size} erased.`;
  return findings.length > 0 ? layer('personal', detail, [...findings, ...left]) : layer('personal', detail, left, 'warning');
}

function* problemsOf(salt: string, csv: Buffer, digest: string, paths: { manifest: string; rows: string }, facts: ReadonlyMap<string, FileFacts>): Generator<string> {
  if (saltedDigest(salt, csv) !== digest) yield 'its rows in the store are not those that the ledger names';
  const manifest = facts.get(paths.manifest);
  const rows = factsOf(paths.rows, csv);
  if (rows.kind === 'broken') yield `its rows in the store: ${rows.problem}`;
  else if (manifest?.kind === 'manifest' && rows.kind === 'rows') yield* rowsProblems(manifest, rows);
}
