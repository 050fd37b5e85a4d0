import { isSalted } from '../../snapshot/canonical.ts';
import type { ReportState, Version } from '../../snapshot/ledger-state.ts';
import { citation, nameOf, pathsOf, type Manifest, type SourceInput } from '../../snapshot/manifest.ts';
import type { ChangeRecord, KeptRecord } from '../../snapshot/records.ts';
import type { Distinct, Input } from '../travel/travel.ts';
import type { SnapshotFacts, UnpublishedFacts } from './facts.ts';
import { numberOf } from './metric-facts.ts';
import type { Withheld } from './withheld.ts';

/** A snapshot that readers see: of the ledger, or a local result, which the ledger does not hold. */
export type KeptAt = (KeptRecord & { sequence: null; time: string }) | Version;

/** What a series and a line of the history need of a manifest. */
export type SnapshotNumbers = Pick<Manifest, 'metrics'> & { rows: { count: number }; inputs: Pick<Manifest['inputs'], 'sources'> };

export interface PublishedSnapshot {
  record: KeptAt;
  /** Null where it is retired and the clone does not reach back to it. */
  numbers: SnapshotNumbers | null;
  change: ChangeRecord | null;
  /** The commit whose reports and queries ran; null for a local run. */
  code: string | null;
  beside: boolean;
}

/** Rows and metrics that a restatement shows on the site; the entry's file has more. */
const SHOWN = 20;

/** @param inputs what the others were made from; its own are added where they are not among them */
export function snapshotFacts({ record, numbers, change, code, beside }: PublishedSnapshot, withheld: Withheld | null, inputs: Distinct<Input[]>): SnapshotFacts {
  const name = nameOf(record);
  const { retired, erased, published, approvers } = record.sequence === null ? NOT_KEPT : record;
  const files = pathsOf(name);
  return {
    citation: citation(name), asOf: record.as_of, version: record.version, data: record.data, manifest: record.manifest,
    sequence: record.sequence, time: record.time, rows: numbers?.rows.count ?? null, files: { manifest: files.manifest, rows: isSalted(record.rows) ? null : files.rows },
    metrics: (numbers?.metrics ?? []).map((metric) => ({ name: metric.name, value: numberOf(metric.value), text: metric.value, period: metric.period })),
    approved: approvers > 0 ? published : null, change: change && publicChange(change, withheld), retired: retired && { commit: retired.commit },
    erased: erased && { time: erased.time, sequence: erased.sequence, reason: erased.reason, ticket: erased.ticket }, beside,
    code, inputs: numbers && inputs.placeOf(numbers.inputs.sources.map(inputOf)),
  };
}

/** Files of a source that the site names; a snapshot of a thousand of them has them in its manifest. */
const NAMED_FILES = 5;

function inputOf({ name, files }: SourceInput): Input {
  return { name, files: files.slice(0, NAMED_FILES), more: Math.max(0, files.length - NAMED_FILES) };
}

const NOT_KEPT = { retired: null, erased: null, published: null, approvers: 0 } as const;

/** Without rows where some of their columns are left out: whoever recorded them may not have known yet. */
function publicChange(change: ChangeRecord, withheld: Withheld | null): ChangeRecord {
  const { restated } = change;
  if (!restated) return change;
  return { ...change, restated: { ...restated, first_rows: withheld ? [] : restated.first_rows.slice(0, SHOWN), first_metrics: restated.first_metrics.slice(0, SHOWN) } };
}

/** Versions that wait for approval or were rejected, newest as-of and version first. */
export function unpublishedOf(state: ReportState | undefined): UnpublishedFacts[] {
  return [...(state?.versions.values() ?? [])].flat().filter(({ standing }) => standing !== 'published').sort(newestFirst)
    .map(({ as_of: asOf, version, standing, approvers, sequence, time }) => ({ asOf, version, standing: standing as UnpublishedFacts['standing'], approvers, sequence, time }));
}

type Dated = Pick<KeptRecord, 'as_of' | 'version'>;

/** For `sort`: the latest as-of first, and of one as-of the latest version. */
export function newestFirst(a: Dated, b: Dated): number {
  return a.as_of === b.as_of ? b.version - a.version : a.as_of < b.as_of ? 1 : -1;
}
