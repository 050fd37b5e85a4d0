import path from 'node:path';
import { type TestContext } from 'node:test';
import { daybook, git, newInstance, type Files, type Said, type Surroundings } from './instance.ts';

export interface Shared {
  /** The person's clone, on `main`. */
  mine: string;
  bare: string;
  /** `npx daybook propose` there. */
  propose: (words?: string[], surroundings?: Surroundings) => Promise<Said>;
}

/** An instance on a bare `origin`, and a clone of somebody whom Git knows. */
export async function shared(t: TestContext, files: Files = {}): Promise<Shared> {
  const root = await newInstance(t, files);
  const [bare, mine] = [path.join(root, '../origin.git'), path.join(root, '../mine')];
  await git(root, 'clone', '-q', '--bare', root, bare);
  await git(root, 'clone', '-q', bare, mine);
  await git(mine, 'config', 'user.name', 'Eve Example');
  await git(mine, 'config', 'user.email', 'eve@example.org');
  // A machine may have a name that Git would make an address of.
  await git(mine, 'config', 'user.useConfigOnly', 'true');
  return { mine, bare, propose: (words = [], surroundings) => daybook(mine, ['propose', ...words], surroundings) };
}

/** All that a person would miss: where HEAD is, index, work tree, branches. */
export async function stateOf(root: string): Promise<string[]> {
  const ask = [['rev-parse', '--symbolic-full-name', 'HEAD'], ['rev-parse', 'HEAD'], ['ls-files', '-s'], ['diff', '--cached'], ['diff'], ['status', '--porcelain', '-uall'], ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads']];
  return Promise.all(ask.map((words) => git(root, ...words)));
}
