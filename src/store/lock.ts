import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { asDaybookError, DaybookError } from '../error.ts';
import { isAlive, ownerOf, type Owner } from './owner.ts';

/** Resolves after so many milliseconds. */
export type Wait = (milliseconds: number) => Promise<unknown>;

export const defaultWait: Wait = (milliseconds) => sleep(milliseconds);

interface Held {
  /** The lock was left by a process that is gone: what it was doing may be half done. */
  abandoned: boolean;
  release(): Promise<void>;
}

const STEP = 50;
let taken = 0;

/**
 * Takes a lock: a file that names its owner, and appears complete or not at all (a hard link). A
 * lock whose owner is gone is taken over; any other is waited for.
 * @param patience milliseconds to wait; the last holder may be pushing to a slow remote
 * @throws `locked`, `write-denied`, `disk-full`
 */
export async function takeLock(file: string, patience: number, wait: Wait): Promise<Held> {
  const own = `${file}.${process.pid}.${(taken += 1)}`;
  const owner = await ownerOf(process.pid);
  let abandoned = false;
  try {
    await writeFile(own, JSON.stringify({ daybook: owner }), { flag: 'wx' });
    for (let waited = 0; !(await tryLink(own, file)); ) {
      const holder = await holderOf(file);
      if (holder && !(await isAlive(holder)) && (await clear(file, `${own}.old`, holder))) {
        abandoned = true;
      } else if (waited >= patience) {
        throw locked(file, holder);
      } else {
        await wait(STEP);
        waited += STEP;
      }
    }
  } catch (cause) {
    throw asDaybookError(cause, 'write-denied');
  } finally {
    await unlink(own).catch(() => undefined);
  }
  return { abandoned, release: () => unlink(file).catch(() => undefined) };
}

/** Who holds the lock: null where nobody does, or where it is not one of Daybook's. */
export async function holderOf(file: string): Promise<Owner | null> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { daybook: Owner }).daybook ?? null;
  } catch {
    return null;
  }
}

async function tryLink(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/**
 * Removes a lock whose owner is gone. Two may try at once: the file is moved aside first, and put
 * back if it turns out to be the other's new one.
 */
async function clear(file: string, aside: string, gone: Owner): Promise<boolean> {
  try {
    await rename(file, aside);
  } catch {
    return false;
  }
  const moved = await holderOf(aside);
  const right = moved?.pid === gone.pid && moved.started === gone.started;
  if (!right) await link(aside, file).catch(() => undefined);
  await unlink(aside);
  return right;
}

function locked(file: string, holder: Owner | null): DaybookError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  const hint = `Wait for it to end; if it has ended without cleaning up, delete ${file}`;
  return new DaybookError('locked', `${who} holds the lock`, {}, hint);
}
