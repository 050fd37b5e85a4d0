import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import type { Instance } from '../src/report/report.ts';
import type { ReviewPolicy } from '../src/report/schema.ts';
import { changedFiles, rangeOf, type ChangedFile, type Range } from '../src/store/change.ts';
import { definitionsAt } from '../src/store/definitions-at.ts';
import type { Repository } from '../src/store/repository.ts';
import { reviewFolder } from './review-frozen.ts';
import { withLimits } from './review-sides.ts';
import type { World } from './world.ts';

/** A change as it is read: nothing of it is run. */
export interface Change {
  range: Range;
  files: ChangedFile[];
  base: { definitions: Definitions; folder: string };
  /** Under the base's limits. */
  head: { definitions: Definitions; folder: string };
  /** What it is held against: those of the branch that it is for, as they are by now. */
  rules: ReviewPolicy;
  /** The head's own daybook.yml: what it would set. Null where it cannot be read; then the head stands as the base, with the problem. */
  proposed: Instance | null;
  close(): Promise<void>;
}

/**
 * Definitions of both sides and the files that differ. Of a commit, only plain files are read, out of Git: it is never checked out.
 * @throws `wrong-use`, `history-incomplete`; `inputs-unreachable` where a daybook.yml cannot be read
 */
export async function readChange(world: World, repository: Repository, words: string | undefined): Promise<Change> {
  const range = await rangeOf(repository, words);
  const folder = await reviewFolder(world, 'read-');
  const [before, after] = [path.join(folder, 'base'), path.join(folder, 'head')];
  const close = async (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await Promise.all([mkdir(before), mkdir(after)]);
    const [files, base, read] = await Promise.all([
      changedFiles(repository, range),
      definitionsAt(repository, range.base, before, null),
      headAt(world, repository, range.head, after),
    ]);
    const rules = range.tip === range.base ? base : await definitionsAt(repository, range.tip, path.join(folder, 'tip'), []);
    const head = read instanceof DaybookError ? { ...base, problems: [...base.problems, read] } : withLimits(read, base.instance);
    return {
      range, files, rules: rules.instance.review, close,
      base: { definitions: base, folder: before },
      head: { definitions: head, folder: range.head === null ? world.root : after },
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
