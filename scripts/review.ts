import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { inverse } from '../src/analysis/review/moved-reports.ts';
import { DaybookError, visible, visibleJson } from '../src/error.ts';
import { reviewText } from '../src/present/review/text.ts';
import { loadInstance } from '../src/report/load.ts';
import type { Verdict } from '../src/report/verdict.ts';
import { reviewMarkdown } from '../src/review/review-markdown.ts';
import { writeReview } from '../src/review/review-schema.ts';
import { fitReview } from '../src/review/review-size.ts';
import { openRepository } from '../src/store/repository.ts';
import { selectIds } from './instance/select.ts';
import { putPictures } from './preview/pictures.ts';
import { preview, type PreviewOptions } from './preview/preview.ts';
import { readChange, type ReviewedChange } from './review/change.ts';
import { makeReview, type MadeReview } from './review/make.ts';
import { reviewTime, timeWasUp } from './review/time.ts';
import { writeWhole } from './world/files.ts';
import { previewUrl, sitePath } from './world/site-address.ts';
import type { World } from './world/world.ts';

interface ReviewOptions {
  out?: string;
  preview?: string;
  previewUrl?: string;
  pull?: number;
  backtest?: number;
  json: boolean;
}

/** A browser takes about a second a page. */
const MOST_PICTURES = 10;

const EXIT: { [verdict in Verdict]: number } = { pass: 0, review: 0, block: 1, incomplete: 2 };

/** What a change does to the numbers. Nothing of it is kept, and of its files only definitions and data are read. Returns the exit code. */
export async function review(world: World, range: string | undefined, words: string[], options: ReviewOptions): Promise<number> {
  const began = world.elapsed();
  const address = options.previewUrl === undefined ? { url: null } : addressFor(world, options.previewUrl, options.preview);
  const repository = await openRepository(world.root, world.env);
  const out = options.out === undefined ? null : await reviewPlace(world.root, options.out);
  const change = await world.stage('read', () => readChange(world, repository, range));
  try {
    const { base, head } = change;
    const time = reviewTime(world, began, change.rules.minutes);
    const ids = [base, head].flatMap(({ definitions }) => [...definitions.reports.keys(), ...definitions.broken.keys()]);
    const only = words.length > 0 ? selectIds(words, new Set([...ids, ...change.moved.values()])).map((id) => inverse(change.moved).get(id) ?? id) : null;
    const made = await makeReview(world, repository, change, { only, backtest: options.backtest, time });
    const { preview: place, pull = null } = options;
    const none = 'none' in address ? address.none : time.isUp() ? `${timeWasUp(time)}.` : null;
    const notes = place !== undefined && none !== null ? [`No preview was built: ${none}`] : [];
    if (out !== null) await world.stage('render', () => writeFolder(out, made, notes));
    for (const note of notes) world.err(note);
    if (place !== undefined && 'url' in address && notes.length === 0) await world.stage('preview', () => showPreview(world, change, made, { out: place, pull, url: address.url }));
    world.out(options.json ? visibleJson(made.review) : visible(reviewText(made.review, world.columns)));
    return EXIT[made.review.verdict];
  } finally {
    await change.close();
  }
}

/**
 * Below the address of the site as the checkout has it: what a change says of its own address counts once it is merged. Where that
 * has none, there is no such place, and the change is reviewed all the same.
 */
function addressFor(world: World, text: string, folder: string | undefined): { url: string } | { none: string } {
  if (folder === undefined) throw new DaybookError('wrong-use', '--preview-url is the address of a preview, and none is built', {}, 'Add --preview with a folder.');
  const { url } = loadInstance(world.root);
  if (url === undefined && !URL.canParse(text)) return { none: 'daybook.yml says no `url`, the address of the site, which previews are published below. Set it, or remove the variable DAYBOOK_PREVIEWS.' };
  return { url: previewUrl(text, url) };
}

/** The site as it would be; of new reports, a picture of their pages lies beside their reviews. */
async function showPreview(world: World, change: ReviewedChange, made: MadeReview, options: PreviewOptions): Promise<void> {
  const url = options.url ?? change.head.definitions.instance.url;
  const added = made.review.reports.filter(({ change: kind, head }) => kind === 'added' && head?.status === 'ok').slice(0, MOST_PICTURES);
  const camera = added.length === 0 ? null : (await import('./review/screenshots.ts')).openCamera(world);
  try {
    const { folder, pages, built } = await preview(world, change, made, options);
    const place = (report: string): string => path.join(folder, 'review', report);
    const pageOf = (report: string): string => `reports/${report}/`;
    const pictures = await camera?.take(folder, sitePath(url), added.map(({ report }) => ({ page: pageOf(report), file: path.join(place(report), 'page') }))) ?? [];
    for (const { report, title } of added) await putPictures(path.join(place(report), 'index.html'), title, pictures.filter(({ of }) => of === pageOf(report)));
    world.err(`Preview in ${options.out}: ${pages} pages, those of ${built} reports built anew.`);
  } finally {
    await camera?.close();
  }
}

/** Where a review is written: a new folder, an empty one, or that of an earlier review, whose changed rows go. @throws `wrong-use` */
async function reviewPlace(root: string, out: string): Promise<string> {
  const folder = path.resolve(root, out);
  const there = await readdir(folder).catch((cause: NodeJS.ErrnoException): string[] | null => (cause.code === 'ENOENT' ? [] : null));
  if (there === null || (there.length > 0 && !there.includes('review.json'))) throw new DaybookError('wrong-use', `${out} is no folder for a review: it holds something else`, {}, 'Name a new or empty folder, or that of an earlier review, as in `--out review`.');
  await rm(path.join(folder, 'changes'), { recursive: true, force: true });
  return folder;
}

/** The document, the summary, and of each report all changed rows. */
async function writeFolder(folder: string, { review: made, reviewed }: MadeReview, notes: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const fitting = fitReview(made);
  await writeWhole(path.join(folder, 'review.json'), writeReview(fitting));
  await writeWhole(path.join(folder, 'summary.md'), [reviewMarkdown(fitting), ...notes.map((note) => `> ${note}\n`)].join('\n'));
  for (const { report, changes } of reviewed.values()) if (changes && report.changes) await writeWhole(path.join(folder, report.changes.file), changes);
}
