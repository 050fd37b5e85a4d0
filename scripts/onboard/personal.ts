import { glob, realpath } from 'node:fs/promises';
import path from 'node:path';
import { markedData } from '../../src/analysis/gate/personal-readers.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Source } from '../../src/report/report.ts';
import { isBelow } from '../../src/report/source-files.ts';
import type { Subject } from '../new/options.ts';

/**
 * Refuses what a form asks of data about people: what the answer quotes, a number or the words of an error, stays in the issue for good,
 * and no erasure reaches it. A file is known by where it lies, however it is spelled and whichever link leads there.
 * @param asked names of sources that the form gives besides its query
 * @returns the definitions to make the report with, in which no file of such data is one that nobody reads
 * @throws `wrong-use`
 */
export async function withoutPersonal(root: string, definitions: Definitions, subject: Subject, asked: readonly string[]): Promise<Definitions> {
  const marking = [...definitions.reports.values()].filter(({ personal }) => personal.length > 0);
  if (marking.length === 0) return definitions;
  const followed = new Map(await Promise.all([...definitions.sources].map(async ([name, source]): Promise<[string, Source]> => [name, await withRealFiles(root, source)])));
  const names = [...(subject.kind === 'sql' ? subject.read?.tables ?? [] : []), ...asked];
  const given = subject.kind === 'sql' ? subject.data.map(({ file }) => file) : [subject.file];
  const files = (await Promise.all(given.map(async (file) => [fromHome(root, path.resolve(root, file)), await realName(root, file)]))).flat();
  const marked = markedData({ reports: definitions.reports, sources: followed }, { names, files: files.filter((file) => file !== null) });
  if (marked !== null) throw new DaybookError('wrong-use', `${marked}, and what an issue says cannot be erased`, { key: subject.kind === 'sql' ? 'sql' : 'data' }, 'Add this report in a clone, by `npx daybook new`, and write `personal: true` at its columns that nobody else may see.');
  const read = new Set(marking.flatMap(({ sources }) => sources));
  // Sources of such data are not read here; that they say where links lead keeps those files from being found for a table.
  return { ...definitions, sources: new Map([...definitions.sources].map(([name, source]) => [name, read.has(name) ? followed.get(name)! : source])) };
}

/** A source that also names the files that links among its own lead to. */
async function withRealFiles(root: string, source: Source): Promise<Source> {
  const patterns = [source.files].flat();
  const real = new Set<string>();
  for (const pattern of patterns.filter(isBelow)) {
    for await (const file of glob(pattern, { cwd: root })) real.add((await realName(root, file)) ?? file);
    real.add((await realName(root, pattern)) ?? pattern);
  }
  return { ...source, files: [...new Set([...patterns, ...real])] };
}

/** Where a file lies, from the root, links followed; null where nothing lies there. */
async function realName(root: string, file: string): Promise<string | null> {
  const real = await realpath(path.resolve(root, file)).catch(() => null);
  return real === null ? null : fromHome(await realpath(root), real);
}

function fromHome(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}
