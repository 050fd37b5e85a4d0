import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { quotedPath } from './fast-import.ts';
import { pipeGit } from './git.ts';
import { listBlobs } from './objects.ts';
import type { Repository } from './repository.ts';

/** Ids of files, and of those below folders, that a commit has, by path; all paths from the instance's root. A link is a file of its own. */
export async function committedFiles(repository: Repository, commit: string, paths: readonly string[]): Promise<Map<string, string>> {
  const blobs = await listBlobs(repository, commit, paths.map((one) => repository.prefix + one));
  return new Map([...blobs].map(([file, oid]) => [file.slice(repository.prefix.length), oid]));
}

/**
 * Of these files, those that the work tree has otherwise than the commit, or one of the two not at all. The index is not
 * asked: it can be told to look away (`--assume-unchanged`), and it lists every snapshot. Line ends and filters of the
 * checkout do not count, nor do file modes.
 * @param committed as `committedFiles` gives them
 * @param files from the instance's root
 */
export async function unlikeCommit(repository: Repository, committed: ReadonlyMap<string, string>, files: Iterable<string>): Promise<Set<string>> {
  const root = realpathSync.native(repository.cwd);
  const unlike = new Set<string>();
  const converted: { file: string; real: string }[] = [];
  for (const file of new Set(files)) {
    const { links, real } = wayTo(root, file);
    const oid = real === null ? undefined : committed.get(real);
    const isLinked = links.every((link) => isBlob(committed.get(link), Buffer.from(readlinkSync(path.join(root, link)))));
    if (oid === undefined || !isLinked) unlike.add(file);
    else if (!isBlob(oid, readFileSync(path.join(root, real!)))) converted.push({ file, real: real! });
  }
  const oids = await asCommitted(repository, converted.map(({ real }) => real));
  for (const [index, { file, real }] of converted.entries()) if (oids[index] !== committed.get(real)) unlike.add(file);
  return unlike;
}

/** The symbolic links by which a file is reached, and the file; null where there is none. */
function wayTo(root: string, file: string): { links: string[]; real: string | null } {
  const links: string[] = [];
  try {
    const real = fromRoot(root, realpathSync.native(path.join(root, file)));
    if (real === file) return { links, real };
    let at = '';
    for (const name of file.split('/')) {
      at = at === '' ? name : `${at}/${name}`;
      if (!lstatSync(path.join(root, at)).isSymbolicLink()) continue;
      links.push(at);
      at = fromRoot(root, realpathSync.native(path.join(root, at)));
    }
    return { links, real };
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return { links, real: null };
    throw cause;
  }
}

function fromRoot(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}

function isBlob(oid: string | undefined, bytes: Buffer): boolean {
  return oid !== undefined && createHash(oid.length === 40 ? 'sha1' : 'sha256').update(`blob ${bytes.length}\0`).update(bytes).digest('hex') === oid;
}

/** The ids that files of the work tree would have in a commit. */
async function asCommitted(repository: Repository, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  // Git takes these paths from the top of the work tree, wherever it is started.
  const input = files.map((file) => `${quotedPath(repository.prefix + file)}\n`);
  const output = await pipeGit({ ...repository, cwd: repository.workTree }, ['hash-object', '--stdin-paths'], { input });
  return output.toString().trim().split('\n');
}
