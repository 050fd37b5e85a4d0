import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ReportReview } from '../../src/analysis/review/review.ts';
import type { Definitions } from '../../src/report/load.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import { clearKilled } from '../../src/run/leftovers.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { writeLocal } from '../instance/local.ts';
import { bringWhatPagesNeed } from '../instance/sparse.ts';
import type { MadeReview } from '../review/make.ts';
import { replaceSite } from '../site/dist.ts';
import { factsFolder, writeFacts, type Facts } from '../site/facts.ts';
import { buildSite } from '../site/site.ts';
import { derivedFolder } from '../world/files.ts';
import { sitePath } from '../world/site-address.ts';
import type { World } from '../world/world.ts';
import { bannerHtml, putBanner } from './banner.ts';
import { writeReviewFacts, type Sides } from './facts.ts';
import { layStanding, previewPlace } from './standing.ts';

export interface PreviewOptions {
  /** The folder of the preview, from the root: new, empty, or that of an earlier one. */
  out: string;
  /** The number of the pull request. */
  pull: number | null;
  /** Where it will be published, with a slash at the end; null, as by default: at the site's own address, and built upon the site. */
  url?: string | null;
}

export interface Previewed {
  /** Absolute. */
  folder: string;
  /** All of its pages. */
  pages: number;
  /** Reports whose pages were built for it; the others are those of the site that stands. */
  built: number;
}

/**
 * Builds the site as it would be with the change: the head's definitions and results on the pages of the site that stands, the
 * review beside them, a banner above each page. Nothing of the instance's own site, facts or local results is touched.
 * @throws `wrong-use` where `out` holds something else, `site-failed`
 */
export async function preview(world: World, change: Sides, made: MadeReview, { out, pull, url = null }: PreviewOptions): Promise<Previewed> {
  const { review } = made;
  const asked = change.head.definitions;
  const head = url === null ? asked : { ...asked, instance: { ...asked.instance, url } };
  const folder = await previewPlace(world.root, out);
  await clearKilled(path.join(derivedFolder(world), 'preview'));
  const work = path.join(derivedFolder(world), 'preview', String(process.pid));
  // What is half built is no preview, and whoever ends this process leaves none.
  const [derived, site] = [path.join(work, 'derived'), path.join(work, 'site')];
  const own: World = { ...world, derived, dist: site };
  try {
    await layStanding(world, own);
    for (const report of review.reports) await layResult(own, head, report, made);
    const facts = await world.stage('facts', async () => {
      await bringWhatPagesNeed(world);
      return writeFacts(own, head, false, { macros: change.base.definitions.macros, affected: new Set(review.reports.map(({ report }) => report)) });
    });
    const beside = path.join(derivedFolder(own), 'beside');
    await writeReviewFacts(change, made, factsFolder(own), beside);
    const { pages: built } = await world.stage('build', () => buildSite(own, marked(facts, review.reports), false));
    await cp(beside, site, { recursive: true }).catch(ignoreAbsent);
    const pages = await putBanner(site, bannerHtml({ ...review.head, pull }, `${sitePath(head.instance.url)}review/`));
    await mkdir(path.dirname(folder), { recursive: true });
    await replaceSite(folder, site);
    return { folder, built, pages };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Rows about people are on no page of a preview: what a column holds is the proposal's to say. */
async function layResult(own: World, { reports, macros }: Definitions, { report, personal }: ReportReview, { reviewed }: MadeReview): Promise<void> {
  const outcome = reviewed.get(report)?.runs?.head.first;
  const definition = reports.get(report);
  if (outcome?.kind === 'result' && definition && !personal) await writeLocal(own, report, definitionDigest(definition, macros), outcome, own.now());
}

/** Pages of affected reports say so, whether or not their facts differ from those of the site that stands. */
function marked(facts: Facts, reports: readonly ReportReview[]): Facts {
  const affected = new Set(reports.map(({ report }) => report));
  return { ...facts, digests: Object.fromEntries(Object.entries(facts.digests).map(([id, digest]) => [id, affected.has(id) ? digestJson({ digest, proposed: true }) : digest])) };
}

function ignoreAbsent(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'ENOENT') throw cause;
}
