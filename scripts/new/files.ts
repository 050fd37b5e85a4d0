import { access, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';

type NewFiles = ReadonlyMap<string, string>;

/** @throws `wrong-use` naming the first file that is there already, `file-outside` one that would lie behind a link */
export async function refuseExisting(root: string, files: Iterable<string>): Promise<void> {
  const home = await realpath(root);
  for (const file of files) {
    if (await access(path.join(root, file)).then(() => true, () => false)) throw exists(file);
    let folder = path.posix.dirname(file);
    let real = await realpath(path.join(root, folder)).catch(() => null);
    while (real === null) {
      folder = path.posix.dirname(folder);
      real = await realpath(path.join(root, folder)).catch(() => null);
    }
    if (real !== path.join(home, folder)) throw new DaybookError('file-outside', `the folder ${folder}/ is a link, and nothing is written through it`, { file }, 'Choose another id.');
  }
}

/** Writes all files or none, and over none that exists; `check` sees them in place, and where it throws they go again. @throws `wrong-use` where a name is taken, and what `check` does */
export async function writeNew(root: string, files: NewFiles, check: () => void): Promise<void> {
  const made: string[] = [];
  try {
    for (const [file, text] of files) {
      const target = path.join(root, file);
      // The first folder that is new: with it go those below.
      const folder = await mkdir(path.dirname(target), { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'EEXIST' || cause.code === 'ENOTDIR') throw new DaybookError('wrong-use', 'a file stands where a folder of it has to be', { file }, 'Choose another id.');
        throw cause;
      });
      if (folder !== undefined) made.push(folder);
      await writeFile(target, text, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'EEXIST') throw exists(file);
        made.push(target);
        throw cause;
      });
      made.push(target);
    }
    check();
  } catch (cause) {
    for (const one of made.toReversed()) await rm(one, { recursive: true, force: true });
    throw cause;
  }
}

function exists(file: string): DaybookError {
  return new DaybookError('wrong-use', 'this file exists, and is not written over', { file }, 'Choose another id, or remove the file first.');
}
