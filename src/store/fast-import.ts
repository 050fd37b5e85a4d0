import { pipeGit } from './git.ts';
import type { Repository } from './repository.ts';

/* Streams of git-fast-import(1), by which commits are made beside index and work tree, and the private refs that hold them. */

export interface Identity {
  name: string;
  email: string;
}

interface CommitText {
  /** Full name. */
  ref: string;
  identity: Identity;
  time: Date;
  message: string;
  /** The commit before it; null for one without history. */
  from: string | null;
}

/** The beginning of a commit, which is mark 1; what it changes follows. */
export function commitHead({ ref, identity, time, message, from }: CommitText): string {
  const who = `${clean(identity.name)} <${clean(identity.email)}> ${Math.floor(time.getTime() / 1000)} +0000`;
  return `commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}\n${from === null ? '' : `from ${from}\n`}`;
}

/** A file as the commit has it. @param path from the top of the work tree */
export function* fileText(path: string, bytes: string | Uint8Array): Generator<string | Uint8Array> {
  yield `M 100644 inline ${quotedPath(path)}\ndata ${Buffer.byteLength(bytes)}\n`;
  yield bytes;
  yield '\n';
}

/** The end of a stream: Git prints the id of mark 1. `done` makes it refuse a stream that a kill has cut. */
export const END = 'get-mark :1\ndone\n';

/** What would end the name or the address early. */
export function clean(text: string): string {
  return text.replace(/[<>\p{Cc}]/gu, ' ').trim();
}

/** A path as fast-import reads it, whatever characters it has (`git help fast-import`, “Quoting”). */
export function quotedPath(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** Private refs hold commits until they are pushed: Git's garbage collection would not know them else. */
export async function dropRefsBelow(repository: Repository, prefix: string): Promise<void> {
  const left = await pipeGit(repository, ['for-each-ref', '--format=delete %(refname)', prefix]);
  await pipeGit(repository, ['update-ref', '--stdin'], { input: [left] });
}
