import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Review } from '../src/analysis/review.ts';
import { DaybookError, visible } from '../src/error.ts';
import { readReview, REVIEW_BYTES } from '../src/review/review-schema.ts';
import { tellReview } from '../src/review/tell.ts';
import { openRepository } from '../src/store/repository.ts';
import { hostOf } from './host.ts';
import type { World } from './world.ts';

interface Options {
  review: string;
  head: string;
  as: string;
  run?: string;
  preview?: string;
}

const DOCUMENT = 'review.json';

/** Tells a pull request what its review found. Returns the exit code. */
export async function comment(world: World, { review, head, as: author, run, preview }: Options): Promise<number> {
  const repository = await openRepository(world.root, world.env);
  const host = await hostOf(world, repository);
  if (host === null) throw new DaybookError('wrong-use', 'there is no Git host to comment on', {}, 'Give a token in GITHUB_TOKEN and the repository, as owner/name, in GITHUB_REPOSITORY.');
  const file = await fileOf(path.resolve(world.root, review));
  const document = await readDocument(file).catch((cause: unknown) => {
    if (cause instanceof DaybookError) return cause;
    throw cause;
  });
  if (document instanceof DaybookError) world.err(visible(document.message));
  const { done, judged } = await tellReview(host, document, { head, author, links: { run, review: preview }, folder: repository.prefix, today: world.now().toISOString().slice(0, 10) });
  for (const line of done) world.out(visible(line));
  return judged ? 0 : 2;
}

async function fileOf(place: string): Promise<string> {
  const found = await stat(place).catch(() => null);
  return found?.isDirectory() ? path.join(place, DOCUMENT) : place;
}

/** Whoever filled the folder may have put there anything: links are not followed, and no more is read than a review may have. */
async function readDocument(file: string): Promise<Review> {
  const refused = (what: string): DaybookError => new DaybookError('review-broken', what);
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw refused(cause.code === 'ENOENT' || cause.code === 'ENOTDIR' ? `there is no ${DOCUMENT}` : cause.code === 'ELOOP' ? `${DOCUMENT} is a link` : `${DOCUMENT} cannot be opened`);
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw refused(`${DOCUMENT} is no regular file`);
    if (found.size > REVIEW_BYTES) throw refused(`${DOCUMENT} has ${found.size} bytes, more than the ${REVIEW_BYTES} that a review may have`);
    return readReview(await handle.readFile('utf8'), DOCUMENT);
  } finally {
    await handle.close();
  }
}
