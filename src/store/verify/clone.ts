import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DaybookError } from '../../error.ts';
import { pipeGit, type GitPlace } from '../git.ts';

/** An instance in a commit of a repository. */
export interface CommitPlace extends GitPlace {
  commit: string;
  /** From the top of the tree to the instance, `` or ending in a slash. */
  prefix: string;
}

/** A repository to be judged, as seen from an empty one of our own that borrows its objects. */
export interface Evidence extends CommitPlace {
  /** What was found and does not count, in sentences. */
  notes: string[];
  close(): Promise<void>;
}

/** Variables that reach Git: no setting of the machine or the user, no replaced object, no network. */
function isolated(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => /^(PATH|TMPDIR|SYSTEMROOT|LD_LIBRARY_PATH)$/i.test(name));
  return {
    ...Object.fromEntries(kept), HOME: home, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0',
    // Nothing of the repository is run; who owns its folder does not matter to a reader.
    GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*',
  };
}

/**
 * Opens a clone, a bare one, a folder in one, or a bundle. Its objects are read from an empty
 * repository beside it, so that none of its settings, replace refs, attributes or hooks count.
 * @param where path, absolute or relative to `cwd`
 * @param scratch a folder for temporary files
 * @throws `history-incomplete` where it is shallow, partial or grafted, or is no repository
 */
export async function openEvidence(where: string, cwd: string, env: NodeJS.ProcessEnv, scratch: string): Promise<Evidence> {
  const path = resolve(cwd, where);
  const found = await stat(path).catch(() => null);
  if (!found) throw incomplete(`${where} does not exist`);
  await mkdir(scratch, { recursive: true });
  const own = await mkdtemp(join(scratch, 'daybook-verify-'));
  const place: GitPlace = { cwd: own, env: isolated(env, own) };
  const close = () => rm(own, { recursive: true, force: true, maxRetries: 5 });
  try {
    const source = found.isDirectory() ? await fromFolder(place, path) : await fromBundle(place, path);
    await pipeGit(place, ['update-ref', 'refs/heads/verified', source.commit]);
    const prefix = source.prefix ?? (await findInstance(place, source.commit));
    return { ...place, commit: source.commit, prefix, notes: source.notes, close };
  } catch (cause) {
    await close();
    throw cause instanceof DaybookError && cause.code === 'git-failed' ? incomplete(cause.message) : cause;
  }
}

interface Source {
  commit: string;
  prefix: string | null;
  notes: string[];
}

async function fromFolder(place: GitPlace, path: string): Promise<Source> {
  const source: GitPlace = { ...place, cwd: path };
  const ask = async (...words: string[]) => (await pipeGit(source, words)).toString().replace(/\n$/, '');
  const asked = ['--git-common-dir', '--git-path', 'objects', '--is-bare-repository', '--show-object-format', '--show-prefix'];
  const [where, config, commit, replaced] = await Promise.all([
    ask('rev-parse', ...asked), ask('config', '--list').catch(() => ''), ask('rev-parse', '--verify', 'HEAD^{commit}').catch((cause: Error) => cause), ask('for-each-ref', '--format=%(refname)', 'refs/replace'),
  ]);
  const [common = '', objects = '', bare, format = 'sha1', prefix = ''] = where.split('\n');
  await refusePartial(resolve(path, common), resolve(path, objects), config);
  if (commit instanceof Error) throw commit;
  await pipeGit(place, ['init', '--quiet', '--bare', `--object-format=${format}`, '--template=', '.']);
  await mkdir(join(place.cwd, 'objects/info'), { recursive: true });
  await writeFile(join(place.cwd, 'objects/info/alternates'), `${resolve(path, objects)}\n`);
  const notes = replaced === '' ? [] : [`It has replace refs (${replaced.split('\n').length}): they were ignored; what they hide is what was checked.`];
  return { commit, prefix: bare === 'true' ? null : prefix, notes };
}

/** History and objects that are not all there prove nothing about what is missing. */
async function refusePartial(commonDir: string, objects: string, config: string): Promise<void> {
  const text = async (file: string) => readFile(join(commonDir, file), 'utf8').catch(() => '');
  if ((await text('shallow')).trim() !== '') throw incomplete('This is a shallow clone: its history is cut off', 'Fetch the rest with `git fetch --unshallow`, or clone again without --depth.');
  if (/^\s*[0-9a-f]{40}/m.test(await text('info/grafts'))) throw incomplete('This repository has grafts (info/grafts), which show another history than its commits have', 'Clone it again.');
  const packs = await readdir(join(objects, 'pack')).catch(() => []);
  if (/^(extensions\.partialclone=|remote\..*\.promisor=true)/im.test(config) || packs.some((name) => name.endsWith('.promisor'))) {
    throw incomplete('This is a partial clone: Git fetches what is missing when it is asked, from whoever answers', 'Clone again without --filter.');
  }
}

async function fromBundle(place: GitPlace, path: string): Promise<Source> {
  const heads = (await pipeGit(place, ['bundle', 'list-heads', path])).toString().trim().split('\n').map((line) => line.split(' ') as [string, string]);
  const format = heads[0]![0].length === 64 ? 'sha256' : 'sha1';
  await pipeGit(place, ['init', '--quiet', '--bare', `--object-format=${format}`, '--template=', '.']);
  const branches = heads.filter(([, name]) => name.startsWith('refs/heads/'));
  const head = heads.find(([, name]) => name === 'HEAD') ?? (branches.length === 1 ? branches[0] : undefined);
  if (!head) throw incomplete('The bundle does not say which of its branches is meant', 'Make it with `git bundle create <file> HEAD <branch>`.');
  await pipeGit(place, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', path, `${head[1]}:refs/heads/verified`]).catch((cause: Error) => {
    throw incomplete(`The bundle is not whole: ${cause.message}`, 'Make it with `git bundle create <file> HEAD <branch>`, without a range.');
  });
  return { commit: head[0], prefix: null, notes: [] };
}

/** A bare repository has no folder to stand in: the instance is where the one ledger is. */
async function findInstance(place: GitPlace, commit: string): Promise<string> {
  const end = 'snapshots/ledger/checkpoint';
  const files = (await pipeGit(place, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit])).toString().split('\0');
  const found = files.filter((file) => file === end || file.endsWith(`/${end}`));
  if (found.length > 1) throw incomplete(`It holds ${found.length} ledgers`, 'Clone it, and name the folder of the instance.');
  return found[0]?.slice(0, -end.length) ?? '';
}

function incomplete(what: string, hint?: string): DaybookError {
  return new DaybookError('history-incomplete', what, {}, hint);
}
