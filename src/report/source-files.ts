import path from 'node:path';
import type { Source } from './report.ts';

/** The paths and globs that sources read, each once and in the spelling that Git has of paths: `./data/x.csv` is `data/x.csv`. */
export function patternsOf(sources: Iterable<Pick<Source, 'files'>>): string[] {
  return [...new Set([...sources].flatMap(({ files }) => [files].flat()).map((pattern) => path.posix.normalize(pattern)))];
}

/** A pattern may lead anywhere, and so may a path of a tree that somebody made by hand. */
export function isBelow(file: string): boolean {
  return !path.isAbsolute(file) && !file.split(/[\\/]/).includes('..');
}

/** @param file relative to the instance's root */
export function isReadBy(patterns: readonly string[], file: string): boolean {
  return patterns.some((pattern) => pattern === file || path.posix.matchesGlob(file, pattern));
}
