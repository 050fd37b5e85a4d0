import type { ChangeDefinition } from '../../src/analysis/restatement/change-record.ts';
import { DaybookError } from '../../src/error.ts';
import { checkYaml } from '../../src/report/check.ts';
import { parseMetric } from '../../src/report/metric.ts';
import { personalOf } from '../../src/report/report-check.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { dataDefinition } from '../../src/run/inputs.ts';
import { digestBytes, digestJson, isSalted, type Digest } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import type { LedgerState, Version } from '../../src/snapshot/ledger-state.ts';
import { citation, pathsOf, readManifest, type Manifest, type SnapshotName } from '../../src/snapshot/manifest.ts';
import { readObjects } from '../../src/store/objects.ts';
import type { PersonalPlace } from '../../src/store/request.ts';
import type { Evidence } from '../../src/store/verify/clone.ts';

/** A page or two; a commit of others is not trusted to be. */
const LARGEST_DEFINITION = 1_000_000;

interface Defined extends ChangeDefinition {
  /** As a manifest names what it was made by. */
  digest: Digest;
}

type DefinitionOf = (code: string, made: Manifest) => ChangeDefinition | null;

/**
 * Definitions at the commits whose definitions ran, and at the one that is judged. What they give is the one that the
 * manifest names; null where neither is.
 */
export async function openDefinitions(evidence: Evidence, asked: readonly { code: string; report: string }[]): Promise<DefinitionOf> {
  const namesOf = (code: string, report: string): string[] =>
    [code, evidence.commit].filter((commit) => /^[0-9a-f]{40,64}$/.test(commit)).flatMap((commit) => ['yml', 'yaml'].map((ending) => `${commit}:${evidence.prefix}reports/${report}.${ending}`));
  const names = [...new Set(asked.flatMap(({ code, report }) => namesOf(code, report)))];
  const parsed = new Map<string, Defined | null>();
  const found = new Map<string, Defined | null>();
  let at = 0;
  for await (const bytes of readObjects(evidence, names)) {
    const name = names[at++]!;
    if (bytes === null || bytes.length > LARGEST_DEFINITION) continue;
    const text = bytes.toString();
    if (!parsed.has(text)) parsed.set(text, definitionIn(text));
    found.set(name, parsed.get(text)!);
  }
  return (code, { report, inputs }) => namesOf(code, report).map((name) => found.get(name)).find((one) => one?.digest === inputs.definition) ?? null;
}

function definitionIn(text: string): Defined | null {
  const { value } = checkYaml(text, 'report', reportSchema);
  if (value === null) return null;
  try {
    const metrics = Object.entries(value.metrics).map(([name, metric]) => ({ ...metric, name, expression: parseMetric(metric.value) }));
    return { key: value.key, ...(value.time && { time: value.time }), metrics, personal: personalOf(value), digest: dataDefinition({ ...value, metrics }) };
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
}

type Names = readonly (SnapshotName | null)[];

/**
 * Snapshots that are needed together, group by group, out of one Git process: each is read once, and held until the
 * last group that needs it. Null where it is not at hand, or not the one that the ledger names.
 * @param state of the ledger that keeps them
 * @param store rows with personal data
 */
export async function* readTogether(evidence: Evidence, state: LedgerState, store: Pick<PersonalPlace, 'read'> | null, groups: readonly Names[]): AsyncGenerator<(KeptSnapshot | null)[]> {
  const order = [...new Map(groups.flat().flatMap((name) => (name ? [[citation(name), name] as const] : []))).values()];
  const last = new Map(groups.flatMap((group, index) => group.flatMap((name) => (name ? [[citation(name), index] as const] : []))));
  const blobs = readObjects(evidence, order.flatMap((name) => filesOf(evidence, versionIn(state, name), name)));
  const held = new Map<string, KeptSnapshot | null>();
  let count = 0;
  const reach = async (name: SnapshotName): Promise<KeptSnapshot | null> => {
    while (!held.has(citation(name))) {
      const next = order[count++]!;
      const manifest = (await blobs.next()).value as Buffer | null;
      const rows = (await blobs.next()).value as Buffer | null;
      held.set(citation(next), await keptFrom(next, versionIn(state, next), manifest, rows, store));
    }
    return held.get(citation(name))!;
  };
  for (const [index, group] of groups.entries()) {
    const together: (KeptSnapshot | null)[] = [];
    for (const name of group) together.push(name && (await reach(name)));
    yield together;
    for (const name of group) if (name && last.get(citation(name)) === index) held.delete(citation(name));
  }
}

function versionIn({ reports }: LedgerState, { report, asOf, version }: SnapshotName): Version {
  return reports.get(report)!.versions.get(asOf)![version - 1]!;
}

/** What Git calls manifest and rows. */
function filesOf({ commit, prefix }: Evidence, { retired }: Version, name: SnapshotName): [string, string] {
  const { manifest, rows } = pathsOf(name);
  const nameOf = (path: string): string => retired?.files.find((file) => file.path === path)?.blob ?? `${commit}:${prefix}${path}`;
  return [nameOf(manifest), nameOf(rows)];
}

async function keptFrom(name: SnapshotName, version: Version, text: Buffer | null, inGit: Buffer | null, store: Pick<PersonalPlace, 'read'> | null): Promise<KeptSnapshot | null> {
  const csv = isSalted(version.rows) ? await store?.read(name, version.rows) : inGit && digestBytes(inGit) === version.rows ? inGit : null;
  if (!text || !csv) return null;
  try {
    const manifest = readManifest(text.toString(), pathsOf(name).manifest);
    return digestJson(manifest) === version.manifest ? { manifest, csv } : null;
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
}
