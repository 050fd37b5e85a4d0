import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { ReportReview, Review } from '../../src/analysis/review/review.ts';
import { readReview } from '../../src/review/review-schema.ts';
import { commit, daybook, git, temporaryFolder, tree, write, type Said } from './instance.ts';

/** What people read of a change, and the review as data. */
interface Reviewed {
  review: Review;
  said: Said;
  folder: string;
  summary: string;
  /** The terminal and every file. */
  all: string;
}

/** The review of what these files change; a file of null goes. */
export async function reviewOf(t: TestContext, root: string, change: { [file: string]: string | Uint8Array | null }, words: string[] = []): Promise<Reviewed> {
  const base = await git(root, 'rev-parse', 'HEAD');
  await git(root, 'switch', '-q', '--detach', base);
  for (const [file, content] of Object.entries(change)) {
    if (content === null) await git(root, 'rm', '-q', file);
    else await write(root, { [file]: content });
  }
  const head = await commit(root, 'Change');
  await git(root, 'switch', '-q', '--detach', base);
  const folder = path.join(await temporaryFolder(t), 'review');
  const said = await daybook(root, ['review', `${base}..${head}`, ...words, '--out', folder]);
  const texts = new Map(await Promise.all([...(await tree(folder)).keys()].map(async (file) => [file, await readFile(path.join(folder, file), 'utf8')] as const)));
  return { review: readReview(texts.get('review.json')!, 'review.json'), said, folder, summary: texts.get('summary.md')!, all: [said.text, ...texts.values()].join('\n') };
}

/** The one report of a review. */
export function only({ reports }: Review): ReportReview {
  assert.equal(reports.length, 1, reports.map((one) => one.report).join());
  return reports[0]!;
}

/** `warn fail 1 file: data/orders.csv` */
export function gatesOf(gates: Review['gates'], name: string): string[] {
  return gates.filter(({ gate }) => gate === name).map(({ level, status, actual }) => `${level} ${status} ${actual}`);
}
