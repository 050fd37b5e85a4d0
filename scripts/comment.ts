import { DaybookError, describe, visible } from '../src/error.ts';
import { loadInstance } from '../src/report/load.ts';
import { tellReview } from '../src/review/tell.ts';
import { openRepository } from '../src/store/repository.ts';
import { readDocument } from './review/document.ts';
import { hostOf } from './world/host.ts';
import { previewedPull } from './world/site-address.ts';
import type { World } from './world/world.ts';

interface Options {
  review: string;
  head: string;
  as: string;
  run?: string;
  runId?: number;
  preview?: string;
}

/** Tells a pull request what its review found. Returns the exit code. */
export async function comment(world: World, { review, head, as: author, run, runId, preview }: Options): Promise<number> {
  const repository = await openRepository(world.root, world.env);
  const host = await hostOf(world, repository);
  if (host === null) throw new DaybookError('wrong-use', 'there is no Git host to comment on', {}, 'Give a token in GITHUB_TOKEN and the repository, as owner/name, in GITHUB_REPOSITORY.');
  const document = await readDocument(world.root, review).catch((cause: unknown) => {
    if (cause instanceof DaybookError) return cause;
    throw cause;
  });
  if (document === null) world.err(visible(`there is no review.json in ${review}`));
  if (document instanceof DaybookError) world.err(describe(document));
  const { done, judged } = await tellReview(host, document, { head, author, links: { run, review: preview }, run: runId ?? null, previewOf: preview === undefined ? null : previewedPull(loadInstance(world.root).url, preview), folder: repository.prefix, today: world.now().toISOString().slice(0, 10) });
  for (const line of done) world.out(visible(line));
  return judged ? 0 : 2;
}
