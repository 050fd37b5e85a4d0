import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Review } from '../../src/analysis/review/review.ts';
import { DaybookError } from '../../src/error.ts';
import { readReview, REVIEW_BYTES } from '../../src/review/review-schema.ts';

const DOCUMENT = 'review.json';

/**
 * The review that a job has left: the file, or the folder that has it; null where there is none.
 * @throws `review-broken`
 */
export async function readDocument(root: string, place: string): Promise<Review | null> {
  return readFileOf(await fileOf(path.resolve(root, place)));
}

async function fileOf(place: string): Promise<string> {
  const found = await stat(place).catch(() => null);
  return found?.isDirectory() ? path.join(place, DOCUMENT) : place;
}

/** Whoever filled the folder may have put there anything: links are not followed, and no more is read than a review may have. */
async function readFileOf(file: string): Promise<Review | null> {
  const refused = (what: string): DaybookError => new DaybookError('review-broken', what);
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null;
    throw refused(cause.code === 'ELOOP' ? `${DOCUMENT} is a link` : `${DOCUMENT} cannot be opened`);
  });
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw refused(`${DOCUMENT} is no regular file`);
    if (found.size > REVIEW_BYTES) throw refused(`${DOCUMENT} has ${found.size} bytes, more than the ${REVIEW_BYTES} that a review may have`);
    return readReview(await handle.readFile('utf8'), DOCUMENT);
  } finally {
    await handle.close();
  }
}
