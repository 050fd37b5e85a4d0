import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const REVIEW = path.resolve(import.meta.dirname, '../../src/review');

/** Every request that src/review makes of the Git host, as `GET /repos/{owner}/{repo}/pulls`, sorted. */
export async function routesInUse(): Promise<string[]> {
  const files = (await readdir(REVIEW, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map((file) => readFile(path.join(REVIEW, file), 'utf8')));
  const found = texts.flatMap((text) => [...text.matchAll(/['"`]((?:GET|POST|PUT|PATCH|DELETE) \/[^'"`]*)['"`]/g)].map(([, route]) => route!));
  return [...new Set(found)].sort();
}
