import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process that holds something. */
export interface Owner {
  pid: number;
  host: string;
  /** When it started, in the system's own count; null where the system does not tell (only Linux does). */
  started: string | null;
}

/** A process of this machine, as a lock or a note names it. */
export async function ownerOf(pid: number): Promise<Owner> {
  return { pid, host: hostname(), started: (await processOf(pid))?.started ?? null };
}

/** Whether the owner still runs. One on another machine cannot be asked, and counts as running. */
export async function isAlive(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  const found = await processOf(owner.pid);
  if (!found) return true;
  // Process ids are used again, in containers soon; a zombie has ended.
  return found.state !== 'Z' && (owner.started === null || owner.started === found.started);
}

/** Writes down a process that might outlive this one. */
export async function noteProcess(file: string, pid: number): Promise<void> {
  await writeFile(file, JSON.stringify(await ownerOf(pid)));
}

/** The process that `noteProcess` wrote down, if it still runs. */
export async function notedProcess(file: string): Promise<Owner | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const owner = JSON.parse(text) as Owner;
    return (await isAlive(owner)) ? owner : null;
  } catch {
    return null;
  }
}

async function processOf(pid: number): Promise<{ state: string; started: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // proc(5): fields from the third on follow the name, which may hold anything; the 22nd is the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}
