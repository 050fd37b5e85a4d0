import { existsSync } from 'node:fs';
import path from 'node:path';
import { changedParts } from '../../src/analysis/attribution/attribution.ts';
import { needsEarlierRows, type Blamed, type Earlier } from '../../src/analysis/attribution/facts.ts';
import type { KeptAt } from '../../src/analysis/facts/snapshot-facts.ts';
import { DaybookError } from '../../src/error.ts';
import type { Report } from '../../src/report/report.ts';
import { isSalted } from '../../src/snapshot/canonical.ts';
import { readManifestFile, readSnapshot, rowsOf } from '../../src/snapshot/checkout.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import type { Version } from '../../src/snapshot/ledger-state.ts';
import { nameOf, pathsOf, type Manifest } from '../../src/snapshot/manifest.ts';
import { openRepository, type Repository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';
import { definitionCommits } from './commits.ts';

/** What the site needs of the past to say where a number's move came from. */
interface EarlierOf {
  (report: Report | undefined, published: readonly Version[], latest: { record: KeptAt; manifest: Manifest } | null): Promise<Earlier | null>;
}

/** Of larger results, `explain` tells. */
const MOST_ROWS = 20_000;

/**
 * Finds, of a report whose series are snapshots, the one before the newest as-of. Null where there is none, or it would tell
 * nothing; Git is asked only where the ledger says that a definition changed.
 */
export function openEarlier(world: World, entries: readonly Entry[]): EarlierOf {
  let opened: Promise<Repository | null> | undefined;

  async function blame(report: Report, head: Version, base: Version, manifests: readonly [Manifest, Manifest]): Promise<Blamed | null> {
    const record = entries[head.sequence - 1]?.attributed?.find((one) => one.report === head.report && one.as_of === head.as_of && one.version === head.version);
    if (!record) return null;
    // A site is also built where there is no Git: who it was is left out then.
    opened ??= openRepository(world.root, world.env).catch((cause: unknown) => {
      if (cause instanceof DaybookError) return null;
      throw cause;
    });
    const repository = await opened;
    const [from, to] = [base, head].map(({ sequence }) => entries[sequence - 1]!.job.code);
    const [newest] = repository ? await definitionCommits(repository, from!, to!, report.id, [report], changedParts(manifests[0].inputs, manifests[1].inputs)) : [];
    return { record, commit: newest?.commit ?? null, author: newest?.author ?? null };
  }

  return async (report, published, latest) => {
    if (!report || report.time || !latest) return null;
    const { record, manifest: after } = latest;
    const base = published.findLast(({ as_of: asOf }) => asOf < record.as_of);
    if (!base || base.retired) return null;
    const wantsRows = needsEarlierRows(report, after.columns);
    const isAttributed = record.sequence !== null && entries[record.sequence - 1]?.attributed?.some((one) => one.report === record.report);
    if (!wantsRows && !isAttributed) return null;
    const name = nameOf(base);
    const manifest = readManifestFile(world.root, name, base.manifest);
    const isSmall = manifest.rows.count <= MOST_ROWS && after.rows.count <= MOST_ROWS;
    // A sparse checkout may not have its rows.
    const isHere = wantsRows && isSmall && !isSalted(base.rows) && !base.erased && existsSync(path.join(world.root, pathsOf(name).rows));
    return { manifest, rows: isHere ? rowsOf(readSnapshot(world.root, name, base.manifest).csv) : null, blamed: record.sequence === null ? null : await blame(report, record, base, [manifest, after]) };
  };
}
