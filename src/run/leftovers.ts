import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/*
 * Temporary folders lie in one that is named after the process they are of. What a killed process has left, nobody but a later one
 * removes: a signal may come at any instant, and SIGKILL is not told.
 */

/** A new folder for this process alone, which it removes itself; those of processes that were killed go. */
export async function temporaryBelow(above: string): Promise<string> {
  await clearKilled(above);
  const own = path.join(above, String(process.pid));
  await mkdir(own, { recursive: true });
  return mkdtemp(path.join(own, 'at-'));
}

/** @param folder whose folders are named after processes, and in which nothing else lies */
export async function clearKilled(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isRunning(Number(name))) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

/** Also of a process of somebody else, which may not be signalled. An id may have gone to another process since. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
