import { watch as watchFolder, type FSWatcher } from 'node:fs';

/** Editors write a file in several steps, or put another in its place: the last event of a save counts. */
const SETTLED = 40;
/** Some file systems tell nothing. */
const POLL = 1_000;

interface Watch {
  /** The folders to hear of from now on, absolute. */
  follow(folders: ReadonlySet<string>): void;
  close(): void;
}

/**
 * Calls when something in a folder may have changed, and once a second besides: whoever is called looks for himself what it was.
 * Folders alone are watched, and not what lies below: a file that another is moved over would be lost, and new ones not heard of.
 */
export function openWatch(look: () => void): Watch {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED);
  };
  const poll = setInterval(look, POLL);

  function open(folder: string): void {
    try {
      const watcher = watchFolder(folder, heard);
      // A folder that goes, or a system that watches no more: the poll is left.
      watcher.on('error', () => close(folder));
      watchers.set(folder, watcher);
    } catch {
      return;
    }
  }

  function close(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  return {
    follow(folders) {
      for (const folder of watchers.keys()) if (!folders.has(folder)) close(folder);
      for (const folder of folders) if (!watchers.has(folder)) open(folder);
    },
    close() {
      clearTimeout(timer);
      clearInterval(poll);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
