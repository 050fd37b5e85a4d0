import { readFileSync } from 'node:fs';
import { DaybookError } from '../error.ts';
import { commitHead, dropRefsBelow, END, fileText, quotedPath, type Identity } from './fast-import.ts';
import { gitError, pipeGit } from './git.ts';
import { defaultWait, type Wait } from './lock.ts';
import { fetchMissing, readObjects } from './objects.ts';
import { ORIGIN, pushCommit } from './remote.ts';
import { locked } from './repair.ts';
import type { Repository } from './repository.ts';

/**
 * Where `origin` has the previews that are published: one commit without history, with a folder for each pull request. It is
 * no branch, so that clones and the checkouts of other jobs do not bring it along.
 */
export const PREVIEWS_REF = 'refs/daybook/previews';

/** A file of a preview, as `origin` has it. */
interface KeptFile {
  path: string;
  oid: string;
  bytes: number;
}

/** A file of a preview, as it lies in a folder. */
export interface PreviewFile {
  /** Below the preview: see `isPreviewPath`. */
  path: string;
  /** Absolute. */
  file: string;
  bytes: number;
}

export interface NewPreview {
  pull: number;
  files: readonly PreviewFile[];
  /** Numbers of the pull requests that are open: previews of others go. */
  open: ReadonlySet<number>;
  /** Of the commit. */
  time: Date;
}

/** Of one preview, and of all together: a host of static sites takes a gigabyte, with the site itself. */
export const MOST_FILES = 20_000;
export const MOST_BYTES = 100_000_000;
const MOST_BYTES_TOGETHER = 500_000_000;

const PRIVATE_REFS = 'refs/daybook/preview';
const TRIES = 10;
/** Milliseconds before the second try; before each later one, as many more. */
const PAUSE = 100;

/** What a site's builder names files: nothing hidden, nothing that a shell, an archive or a file system would read otherwise. */
export function isPreviewPath(path: string): boolean {
  return path.length <= 1000 && path.split('/').every((name) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name));
}

/**
 * Puts a preview beside the others on `origin`, in place of an earlier one of the same pull request. Where all together would
 * be too large, those of the oldest pull requests go.
 * @returns the numbers of the pull requests whose previews are there now, ascending
 * @throws `git-remote`, `locked`
 */
export async function publishPreview(repository: Repository, preview: NewPreview, identity: Identity, wait: Wait = defaultWait): Promise<number[]> {
  return locked(repository, wait, async () => {
    try {
      for (let tried = 1; tried <= TRIES; tried += 1) {
        const { commit, previews } = await fetchPreviews(repository);
        previews.delete(preview.pull);
        const own = preview.files.reduce((sum, { bytes }) => sum + bytes, 0);
        const others = fittingPreviews(previews, preview.open, own);
        const made = (await pipeGit(repository, ['fast-import', '--quiet', '--done', '--force'], { input: stream(preview, others, identity) })).toString().trim();
        if (await pushCommit(repository, PREVIEWS_REF, made, commit)) return [preview.pull, ...others.keys()].sort((a, b) => a - b);
        await wait(PAUSE * tried);
      }
      throw new DaybookError('git-remote', `Other jobs have published previews ${TRIES} times meanwhile`, {}, 'Run the job again.');
    } finally {
      await dropRefsBelow(repository, PRIVATE_REFS);
    }
  });
}

/**
 * Reads the previews of open pull requests from `origin`, file by file.
 * @param write gets each path, which begins with the number of the pull request, and its bytes
 * @returns the numbers of the pull requests, ascending
 * @throws `git-remote`, `locked`, `git-failed` where a file of one is not there
 */
export async function readPreviews(repository: Repository, open: ReadonlySet<number>, write: (path: string, bytes: Buffer) => Promise<void>): Promise<number[]> {
  return locked(repository, defaultWait, async () => {
    try {
      const shown = fittingPreviews((await fetchPreviews(repository)).previews, open, 0);
      const files = [...shown].flatMap(([pull, own]) => own.map(({ path, oid }) => ({ path: `${pull}/${path}`, oid })));
      let index = 0;
      for await (const bytes of readObjects(repository, files.map(({ oid }) => oid))) {
        const { path } = files[index]!;
        if (bytes === null) throw new DaybookError('git-failed', 'A file of a preview is not there', { file: path });
        await write(path, bytes);
        index += 1;
      }
      return [...shown.keys()].sort((a, b) => a - b);
    } finally {
      await dropRefsBelow(repository, PRIVATE_REFS);
    }
  });
}

/**
 * Of open pull requests, the newest first, as long as there is room for their previews whole.
 * @param taken bytes that are not free
 */
export function fittingPreviews(previews: ReadonlyMap<number, KeptFile[]>, open: ReadonlySet<number>, taken: number): Map<number, KeptFile[]> {
  const fits = new Map<number, KeptFile[]>();
  let bytes = taken;
  for (const [pull, files] of [...previews].sort(([a], [b]) => b - a)) {
    const own = files.reduce((sum, file) => sum + file.bytes, 0);
    if (!open.has(pull) || files.length > MOST_FILES || own > MOST_BYTES || bytes + own > MOST_BYTES_TOGETHER) continue;
    bytes += own;
    fits.set(pull, files);
  }
  return fits;
}

/** What `origin` has, brought here. Whoever may push can put anything there: a folder that could not be a preview is left out as a whole. */
async function fetchPreviews(repository: Repository): Promise<{ commit: string | null; previews: Map<number, KeptFile[]> }> {
  try {
    const commit = (await repository.git.raw(['ls-remote', ORIGIN, PREVIEWS_REF])).split('\t')[0] || null;
    if (commit === null) return { commit, previews: new Map() };
    // All of it, also in a clone that leaves files out: their sizes are asked for next, one by one. What the branch has too is left out
    // all the same: the origin takes it to be here.
    const quiet = ['--no-filter', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules'];
    await repository.git.raw(['fetch', ...quiet, ORIGIN, `+${PREVIEWS_REF}:${PRIVATE_REFS}/there`]);
    const there = (await repository.git.raw(['rev-parse', '--verify', `${PRIVATE_REFS}/there^{commit}`])).trim();
    await fetchMissing(repository, there);
    return { commit: there, previews: previewsIn((await pipeGit(repository, ['ls-tree', '-r', '-l', '-z', '--full-tree', there])).toString()) };
  } catch (cause) {
    throw gitError(cause, 'git-remote');
  }
}

/** @param listed as `git ls-tree -r -l -z` does */
function previewsIn(listed: string): Map<number, KeptFile[]> {
  const previews = new Map<number, KeptFile[]>();
  const refused = new Set<string>();
  for (const line of listed.split('\0').filter(Boolean)) {
    const [, mode, oid = '', bytes, folder = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^/]+)\/?(.*)$/s.exec(line) ?? [];
    if (mode !== '100644' || !/^[1-9]\d{0,8}$/.test(folder) || !isPreviewPath(path)) {
      refused.add(folder);
      continue;
    }
    const files = previews.get(Number(folder)) ?? [];
    files.push({ path, oid, bytes: Number(bytes) });
    previews.set(Number(folder), files);
  }
  return new Map([...previews].filter(([pull]) => !refused.has(String(pull))));
}

/** Files of other previews are named by the ids that Git has for them already. */
function* stream({ pull, files, time }: NewPreview, others: ReadonlyMap<number, KeptFile[]>, identity: Identity): Generator<string | Uint8Array> {
  yield commitHead({ ref: `${PRIVATE_REFS}/new`, identity, time, message: 'Previews of pull requests\n', from: null });
  for (const [number, kept] of others) for (const { path, oid } of kept) yield `M 100644 ${oid} ${quotedPath(`${number}/${path}`)}\n`;
  for (const { path, file } of files) yield* fileText(`${pull}/${path}`, readFileSync(file));
  yield END;
}
