import { randomBytes, randomInt } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, realpath, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';
import { folderOf, type AsOf } from '../snapshot/as-of.ts';
import { saltedDigest, type RowsDigest } from '../snapshot/canonical.ts';
import type { LedgerState } from '../snapshot/ledger-state.ts';
import { citation } from '../snapshot/manifest.ts';
import { gitEnvironment, pipeGit } from './git.ts';
import type { PersonalPlace } from './request.ts';

/**
 * Rows with personal data, in a folder that is not in Git's history. Of each as-of of a report:
 * `<YYYY>/<MM>/<DD>[/t<HHMM>]/<id>.salt` (64 hexadecimal digits) and, of each result, `<id>.<keyed digest>.csv`, which the
 * manifest names. The versions of an as-of share its salt, so that a result that came again is known as the same.
 */
export interface PersonalStore extends PersonalPlace {
  /** Absolute. */
  folder: string;
  /** Made once of each as-of. */
  saltOf(report: string, asOf: AsOf): Promise<string>;
  /** Null where there is none, or none any more. */
  knownSalt(report: string, asOf: AsOf): Promise<string | null>;
  /** Unlinks the salt, then every result. @returns how many files there were */
  destroy(report: string, asOf: AsOf): Promise<number>;
  /** Unlinks one result, and the salt if it is the one that this result was known by. @returns how many files there were */
  destroyRows(report: string, asOf: AsOf, digest: RowsDigest): Promise<number>;
}

/**
 * @param root the instance's folder
 * @param folder `personal_store` of daybook.yml, absolute or from the root
 * @throws `personal-store` where it is not there, or Git has it, or would take it in with the next `git add`; and among what is derived
 */
export async function openPersonalStore(root: string, folder: string, env: NodeJS.ProcessEnv): Promise<PersonalStore> {
  const place = { file: 'daybook.yml', key: 'personal_store' };
  const real = await realpath(resolve(root, folder)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw storeError(cause, place);
    // Made anew on each machine of a CI system, it would be gone with it.
    throw new DaybookError('personal-store', `${folder} does not exist`, place, `Create it once (mkdir -m 700 ${folder}), or mount it where the job runs.`);
  });
  const [above] = relative(await realpath(root), real).split(sep);
  if (DERIVED.has(above!)) throw new DaybookError('personal-store', `${folder} lies in ${above}/, which is made anew, cached or published`, place);
  await refuseHistory(real, folder, env);
  return storeAt(real);
}

/** Folders of the instance that anybody may delete, and that leave the machine. */
const DERIVED: ReadonlySet<string> = new Set(['.daybook', 'dist', 'node_modules']);

/** A store that is only read, wherever it lies. */
export function storeAt(folder: string): PersonalStore {
  const stemOf = (report: string, asOf: AsOf): string => join(folder, folderOf(asOf), report);
  const rowsFile = (report: string, asOf: AsOf, digest: RowsDigest): string => `${stemOf(report, asOf)}.${hexOf(digest)}.csv`;
  /** Also what a kill left half written: it has the same content. */
  const filesOf = async (report: string, asOf: AsOf): Promise<{ folder: string; salts: string[]; rows: string[] }> => {
    const place = dirname(stemOf(report, asOf));
    const names = (await namesIn(place)).filter((name) => name.startsWith(`${basename(report)}.`));
    return { folder: place, salts: names.filter((name) => /\.salt(\.\d+)?$/.test(name)), rows: names.filter((name) => /\.csv(\.\d+)?$/.test(name)) };
  };
  const knownSalt = async (report: string, asOf: AsOf): Promise<string | null> => {
    const text = (await readIfThere(`${stemOf(report, asOf)}.salt`))?.toString().trim() ?? null;
    if (text !== null && !/^[0-9a-f]{64}$/.test(text)) throw new DaybookError('personal-store', `the salt of ${report}@${asOf} is broken`, {}, 'Bring the file back from a backup of the store.');
    return text;
  };

  return {
    folder,
    knownSalt,
    saltOf: async (report, asOf) => {
      const known = await knownSalt(report, asOf);
      if (known !== null) return known;
      await writeNew(`${stemOf(report, asOf)}.salt`, randomBytes(32).toString('hex'));
      return (await knownSalt(report, asOf))!;
    },
    read: async ({ report, asOf }, digest) => readIfThere(rowsFile(report, asOf, digest)),
    write: async (rows) => {
      for (const { name, digest, csv } of rows) {
        const { report, asOf } = name;
        const salt = await knownSalt(report, asOf);
        if (salt === null || saltedDigest(salt, csv) !== digest) throw new DaybookError('personal-store', `the salt of ${report}@${asOf} was erased while its rows were made`, {}, 'Run the job again.');
        await writeWhole(rowsFile(report, asOf, digest), csv);
      }
    },
    destroy: async (report, asOf) => {
      const { folder: place, salts, rows } = await filesOf(report, asOf);
      // While rows are there, it can be told whether a salt is theirs: see `destroyRows`.
      return removeAll(place, [...salts, ...rows]);
    },
    destroyRows: async (report, asOf, digest) => {
      const { folder: place, salts, rows } = await filesOf(report, asOf);
      const csv = await readIfThere(rowsFile(report, asOf, digest));
      const theirs: string[] = [];
      // Another salt is that of rows that were kept, or are being made, since.
      for (const name of csv ? salts : []) if (saltedDigest(((await readIfThere(join(place, name))) ?? '').toString(), csv!) === digest) theirs.push(name);
      return removeAll(place, [...theirs, ...rows.filter((name) => name.includes(hexOf(digest)))]);
    },
  };
}

/**
 * Destroys what the ledger says is erased and is still there: a kill came between the two.
 * @returns what was found, in sentences
 */
export async function finishErasures(store: PersonalStore, { reports }: LedgerState): Promise<string[]> {
  const notes: string[] = [];
  for (const state of reports.values()) {
    for (const versions of state.versions.values()) {
      for (const { report, as_of: asOf, version, rows, erased } of versions) {
        if (!erased || (await store.destroyRows(report, asOf, rows)) === 0) continue;
        notes.push(`The rows of ${citation({ report, asOf, version })}, erased in ledger entry ${erased.sequence}, were still in the store: they are destroyed now`);
      }
    }
  }
  return notes;
}

async function refuseHistory(folder: string, name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const refuse = (what: string): DaybookError => new DaybookError('personal-store', `${name} ${what}`, { file: 'daybook.yml', key: 'personal_store' });
  if (folder.split(sep).includes('.git')) throw refuse('lies in a folder of Git');
  const place = { cwd: folder, env: gitEnvironment(env) };
  try {
    const answer = await pipeGit(place, ['rev-parse', '--is-inside-work-tree']);
    if (answer.toString().trim() !== 'true') throw refuse('lies in a folder of Git');
  } catch (cause) {
    if (/not a git repository/i.test((cause as Error).message)) return;
    throw cause instanceof DaybookError && cause.code === 'personal-store' ? cause : refuse(`cannot be judged: ${(cause as Error).message}`);
  }
  const tracked = await pipeGit(place, ['ls-files', '-z', '--', `:(literal)${folder}`]);
  if (tracked.length > 0) throw refuse('has files that Git tracks: its history would keep what is erased');
  for (const file of ['2001/06/30/report.salt', '2001/06/30/t0600/team/report.csv']) {
    const ignored = await pipeGit(place, ['check-ignore', '--quiet', '--no-index', '--', join(folder, file)]).then(() => true, () => false);
    if (!ignored) throw refuse('lies in a work tree, and Git does not ignore it: the next `git add` would take it in');
  }
}

function hexOf(digest: RowsDigest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return null;
    throw storeError(cause);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw storeError(cause);
  });
}

async function removeAll(folder: string, names: string[]): Promise<number> {
  for (const name of names) await remove(join(folder, name));
  if (names.length > 0) await syncFolder(folder);
  return names.length;
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw storeError(cause);
  });
}

/** Appears whole; the one of another process stays. */
async function writeNew(file: string, text: string): Promise<void> {
  await putBeside(file, text, (partial) => link(partial, file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
  }));
}

async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  await putBeside(file, bytes, (partial) => rename(partial, file));
}

/** What a commit will name must outlive a power cut. */
async function putBeside(file: string, content: string | Buffer, put: (partial: string) => Promise<void>): Promise<void> {
  // The store may be mounted on several machines.
  const partial = `${file}.${randomInt(2 ** 47)}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await synced(await open(partial, 'wx', 0o600), (handle) => handle.writeFile(content));
    await put(partial);
    await syncFolder(dirname(file));
  } catch (cause) {
    throw storeError(cause);
  } finally {
    await unlink(partial).catch(() => undefined);
  }
}

async function syncFolder(folder: string): Promise<void> {
  await synced(await open(folder, 'r'), async () => undefined);
}

async function synced(handle: FileHandle, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The ledger keeps for good what it says: without the machine's paths. */
function storeError(cause: unknown, place: ErrorLocation = {}): DaybookError {
  const { code, message } = asDaybookError(cause, 'personal-store');
  return cause instanceof DaybookError ? cause : new DaybookError(code, message.split(/,? \w+ ['"/]/)[0]!, place);
}
