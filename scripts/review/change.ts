import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { inverse, movedReports, underIds } from '../../src/analysis/review/moved-reports.ts';
import { DaybookError } from '../../src/error.ts';
import { loadDefinitions, type Definitions } from '../../src/report/load.ts';
import type { Instance } from '../../src/report/report.ts';
import type { ReviewPolicy } from '../../src/report/schema.ts';
import { changedFiles, rangeOf, type ChangedFile, type Range } from '../../src/store/changed-files.ts';
import { definitionsAt } from '../../src/store/definitions-at.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';
import { reviewFolder } from './frozen.ts';
import { withLimits } from './sides.ts';

/** A change as it is read: nothing of it is run. */
export interface ReviewedChange {
  range: Range;
  files: ChangedFile[];
  /** Reports that the base has under another id, by their new ones; among the base's definitions they stand under these. */
  moved: ReadonlyMap<string, string>;
  /** Both run under the limits of the branch that the change is for, as they are by now: an old base must not bring back old ones. */
  base: { definitions: Definitions; folder: string };
  head: { definitions: Definitions; folder: string };
  /** What it is held against: those of the branch that it is for, as they are by now. */
  rules: ReviewPolicy;
  /** The base's own daybook.yml. */
  written: Instance;
  /** The head's own daybook.yml: what it would set. Null where it cannot be read; then the head stands as the base, with the problem. */
  proposed: Instance | null;
  close(): Promise<void>;
}

/**
 * Definitions of both sides and the files that differ. Of a commit, only plain files are read, out of Git: it is never checked out.
 * @throws `wrong-use`, `history-incomplete`; `inputs-unreachable` where a daybook.yml cannot be read
 */
export async function readChange(world: World, repository: Repository, words: string | undefined): Promise<ReviewedChange> {
  const range = await rangeOf(repository, words);
  const folder = await reviewFolder(world);
  const [oldFolder, newFolder] = [path.join(folder, 'base'), path.join(folder, 'head')];
  const close = async (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await Promise.all([mkdir(oldFolder), mkdir(newFolder)]);
    const [files, base, read] = await Promise.all([
      changedFiles(repository, range),
      definitionsAt(repository, range.base, oldFolder, null),
      headAt(world, repository, range.head, newFolder),
    ]);
    const rules = range.tip === range.base ? base : await definitionsAt(repository, range.tip, path.join(folder, 'tip'), []);
    const before = withLimits(base, rules.instance);
    const head = read instanceof DaybookError ? { ...before, problems: [...base.problems, read] } : withLimits(read, rules.instance);
    const moved = movedReports(before, head);
    return {
      range, files, moved, rules: rules.instance.review, close,
      base: { definitions: underIds(before, inverse(moved)), folder: oldFolder },
      head: { definitions: head, folder: range.head === null ? world.root : newFolder },
      written: base.instance,
      proposed: read instanceof DaybookError ? null : read.instance,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** A daybook.yml that cannot be read is what the review has to say. */
async function headAt(world: World, repository: Repository, commit: string | null, folder: string): Promise<Definitions | DaybookError> {
  try {
    return commit === null ? loadDefinitions(world.root) : await definitionsAt(repository, commit, folder, null);
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    return commit === null ? cause : whyNot(folder, cause);
  }
}

/** What of the files themselves is wrong, by line, rather than that the commit cannot be read. */
function whyNot(folder: string, cause: DaybookError): DaybookError {
  try {
    loadDefinitions(folder);
    return cause;
  } catch (own) {
    return own instanceof DaybookError ? own : cause;
  }
}
