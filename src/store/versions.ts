import type { AsOf } from '../snapshot/as-of.ts';
import { digestBytes, digestJson, saltedDigest, type Digest } from '../snapshot/canonical.ts';
import type { KeptSnapshot } from '../snapshot/checkout.ts';
import { latestVersion, type LedgerState } from '../snapshot/ledger-state.ts';
import { citation, pathsOf, SNAPSHOT_FORMAT, writeManifest, type Manifest } from '../snapshot/manifest.ts';
import type { HeldRecord, KeptRecord } from '../snapshot/records.ts';
import type { Attempted, PersonalRows, Policy } from './request.ts';
import { retainUntil } from './retain.ts';

export interface NewFile {
  /** Relative to the root. */
  path: string;
  bytes: string | Buffer;
}

/** The versions that the ledger knows, and those that an entry adds. */
export class Versions {
  readonly kept: KeptRecord[] = [];
  readonly held: HeldRecord[] = [];
  readonly manifests: NewFile[] = [];
  readonly rows: NewFile[] = [];
  readonly personal: PersonalRows[] = [];
  #state: LedgerState;
  #policies: ReadonlyMap<string, Policy>;
  #time: string;
  #added = new Map<string, KeptRecord>();
  #contents = new Map<string, KeptSnapshot>();

  /** @param time of the entry, ISO 8601 UTC */
  constructor(state: LedgerState, policies: ReadonlyMap<string, Policy>, time: string) {
    this.#state = state;
    this.#policies = policies;
    this.#time = time;
  }

  latest(report: string, asOf: AsOf): KeptRecord | undefined {
    return this.#added.get(`${report}@${asOf}`) ?? latestVersion(this.#state, report, asOf);
  }

  /** Manifest and rows of one that this entry adds. */
  contentOf({ report, as_of: asOf, version }: Pick<KeptRecord, 'report' | 'as_of' | 'version'>): KeptSnapshot | undefined {
    return this.#contents.get(citation({ report, asOf, version }));
  }

  /** @returns false where the latest version has the same data */
  add(attempt: Attempted & { kind: 'result' }, inputsDigest: Digest, data: Digest): boolean {
    const { report, asOf, inputs, result, csv, salt } = attempt;
    const before = this.latest(report, asOf);
    if (before?.data === data) return false;
    if (salt === undefined && this.#policies.get(report)?.personal) throw new Error(`The rows of ${report} hold personal data, and would go to Git`);
    const rows = salt === undefined ? digestBytes(csv) : saltedDigest(salt, csv);
    if (rows !== result.rows.sha256) throw new Error(`The rows of ${report} are not those that its result describes`);

    const version = (before?.version ?? 0) + 1;
    const manifest: Manifest = {
      ...result,
      format: SNAPSHOT_FORMAT, report, as_of: asOf, version, supersedes: before?.manifest ?? null,
      inputs, inputs_digest: inputsDigest, data,
    };
    const { approvers = 0, retain = null } = this.#policies.get(report) ?? {};
    const paths = pathsOf({ report, asOf, version });
    const named = { report, as_of: asOf, version, manifest: digestJson(manifest) };
    const record: KeptRecord = { ...named, rows, data, ...(salt !== undefined && retain !== null ? { retain_until: retainUntil(this.#time, retain) } : {}) };
    this.kept.push(record);
    if (approvers > 0) this.held.push({ ...named, approvers });
    this.manifests.push({ path: paths.manifest, bytes: writeManifest(manifest) });
    if (salt === undefined) this.rows.push({ path: paths.rows, bytes: csv });
    else this.personal.push({ name: { report, asOf, version }, digest: rows, csv });
    this.#added.set(`${report}@${asOf}`, record);
    this.#contents.set(citation({ report, asOf, version }), { manifest, csv });
    return true;
  }
}
