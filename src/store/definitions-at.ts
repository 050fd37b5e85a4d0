import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaybookError } from '../error.ts';
import { loadDefinitions, type Definitions } from '../report/load.ts';
import { pipeGit, type GitPlace } from './git.ts';
import { fetchFiles, readObjects } from './objects.ts';

/** Where Git is asked, and where the instance lies in its trees: `` or ending in a slash. */
export type TreePlace = GitPlace & { prefix: string };

/** Names that can be written anywhere, and lead nowhere else. */
const PLAIN = /^(?!.*(^|\/)\.)[\w./ -]+$/;
/** What people write is short; a commit of others is not trusted to be. */
const LARGEST = 1_000_000;
const MOST_BYTES = 200_000_000;

/**
 * What people wrote, as a commit has it: daybook.yml, queries/, and of reports/ those that are asked for. Only plain files count,
 * with plain names, up to 1 MB each.
 * @param folder an empty one, which the files are written into
 * @param ids of reports; null for all
 * @throws `inputs-unreachable` where the commit is not here or its daybook.yml cannot be read
 */
export async function definitionsAt(place: TreePlace, commit: string, folder: string, ids: readonly string[] | null): Promise<Definitions> {
  const files = await plainFiles(place, commit, ids);
  const made = new Set<string>();
  let at = 0;
  // Thousands of small files: to wait for each would take longer than to write it.
  for await (const bytes of readObjects(place, files.map(({ oid }) => oid))) {
    const { file } = files[at++]!;
    if (bytes === null) throw unreachable(commit, `${file} is not there`);
    const parent = dirname(join(folder, file));
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    writeFileSync(join(folder, file), bytes);
  }
  try {
    return loadDefinitions(folder);
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    // The commit is here, and more history would not change what it holds.
    throw unreachable(commit, cause.message.replace(/ here$/, ' in it'), cause.code === 'no-instance' ? 'Run the command in the folder that holds daybook.yml, or below it, and name commits that have it.' : cause.remedy);
  }
}

/** The ids that Git has of daybook.yml, queries/ and reports/ at a commit: equal ones hold equal definitions. */
export async function definitionsIdentity(place: TreePlace, commit: string): Promise<string> {
  const names = ['daybook.yml', 'queries', 'reports'].map((path) => `${commit}:${place.prefix}${path}`);
  const answers = await pipeGit(place, ['cat-file', '--batch-check'], { input: names.map((name) => `${name}\n`) });
  return answers.toString();
}

interface PlainFile {
  file: string;
  oid: string;
}

async function plainFiles(place: TreePlace, commit: string, ids: readonly string[] | null): Promise<PlainFile[]> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw unreachable(commit, 'that is no commit');
  const { prefix } = place;
  const reports = ids === null ? ['reports'] : ids.flatMap((id) => ['yml', 'yaml', 'md'].map((ending) => `reports/${id}.${ending}`));
  const wanted = ['daybook.yml', 'queries', ...reports].map((path) => `${prefix}${path}`);
  const listed = await pipeGit(place, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...wanted]).catch((cause: Error) => {
    throw unreachable(commit, cause.message);
  });
  const found = listed.toString().split('\0').flatMap((line): PlainFile[] => {
    const [, oid, path] = /^100(?:644|755) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    const file = path?.slice(prefix.length);
    return file !== undefined && PLAIN.test(file) ? [{ file, oid: oid! }] : [];
  });
  await fetchFiles(place, commit, found.map(({ file }) => `${prefix}${file}`));
  const sizes = await sizesOf(place, found.map(({ oid }) => oid));
  const small = found.filter((_, index) => sizes[index] !== null && sizes[index]! <= LARGEST);
  if (sizes.reduce<number>((sum, size) => sum + (size !== null && size <= LARGEST ? size : 0), 0) > MOST_BYTES) throw unreachable(commit, 'its definitions are too large');
  return small;
}

/** Of the blobs that Git knows by these names, in bytes, in their order; null where there is none. */
export async function sizesOf(place: GitPlace, names: string[]): Promise<(number | null)[]> {
  if (names.length === 0) return [];
  const answers = (await pipeGit(place, ['cat-file', '--batch-check'], { input: names.map((name) => `${name}\n`) })).toString().split('\n');
  return names.map((_, index) => {
    const size = / blob (\d+)$/.exec(answers[index] ?? '')?.[1];
    return size === undefined ? null : Number(size);
  });
}

function unreachable(commit: string, why: string, hint = 'Clone the whole history, without --depth.'): DaybookError {
  return new DaybookError('inputs-unreachable', `the definitions of commit ${commit.slice(0, 10)} cannot be read: ${why.split('\n')[0]}`, {}, hint);
}
