import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError, visible } from '../src/error.ts';
import { loadInstance } from '../src/report/load.ts';
import { fitOf } from '../src/review/fit.ts';
import { isPreviewPath, MOST_BYTES, MOST_FILES, publishPreview as publish, type PreviewFile } from '../src/store/previews.ts';
import { openRepository } from '../src/store/repository.ts';
import { readDocument } from './review/document.ts';
import { hostOf } from './world/host.ts';
import { addressOf, previewAddress } from './world/site-address.ts';
import type { World } from './world/world.ts';

/** Lays the previews beside the site. */
const WORKFLOW = 'refresh.yml';

interface PublishOptions {
  from: string;
  review: string;
  head: string;
}

/**
 * Publishes a preview, of a pull request from a branch of this repository alone: whoever may push there may be trusted with a
 * page of the site, a stranger may not. The folder is what another job left, and so is the review, which says what was compared:
 * a commit may be proposed for several branches. Says the address of the review alone on `out`, and nothing there where nothing was
 * published. Returns the exit code.
 */
export async function publishPreview(world: World, { from, review, head }: PublishOptions): Promise<number> {
  const repository = await openRepository(world.root, world.env);
  const host = await hostOf(world, repository);
  if (host === null) throw new DaybookError('wrong-use', 'there is no Git host to ask for the pull request', {}, 'Give a token in GITHUB_TOKEN and the repository, as owner/name, in GITHUB_REPOSITORY.');
  const { url, git: identity } = loadInstance(world.root);
  if (url === undefined) throw new DaybookError('wrong-use', 'the site has no address, which previews are below', { file: 'daybook.yml', key: 'url' }, 'Set `url` to the address of the site.');
  const folder = path.resolve(world.root, from);
  const files = await filesOfPreview(folder);
  const open = await host.openPulls(null, '');
  const pulls = open.filter((pull) => pull.head === head);
  if (pulls.length === 0) {
    world.err(`No open pull request from a branch of this repository has the commit ${head.slice(0, 10)} as its newest: nothing was published.`);
    return 0;
  }
  const built = await addressOf(folder);
  const pull = pulls.find(({ number }) => previewAddress(url, number) === built);
  if (!pull) throw new DaybookError('preview-refused', `The preview was built for ${built ?? 'no address'}, so that its links would lead elsewhere than below ${previewAddress(url, pulls[0]!.number)}`);
  const document = await readDocument(world.root, review);
  if (document === null) throw new DaybookError('review-broken', 'there is no review.json');
  if (document.head.commit !== head) throw new DaybookError('preview-refused', `The preview was built with a review of commit ${document.head.commit?.slice(0, 10) ?? 'none'}, not of ${head.slice(0, 10)}`);
  const fit = await fitOf(host, pull, document, repository.prefix);
  if (fit.kind !== 'own') {
    world.err(visible(`The preview is no more one of ${pull.url} to ${pull.base}: nothing was published. ${fit.why} Run the workflow Review of this pull request.`));
    return 0;
  }
  const there = await publish(repository, { pull: pull.number, files, open: new Set(open.map(({ number }) => number)), time: world.now() }, identity);
  if (!(await host.dispatch(WORKFLOW, await host.defaultBranch(), {}))) throw new DaybookError('host-failed', `There is no workflow ${WORKFLOW} on the default branch, which lays previews beside the site`, {}, 'Keep that workflow, or remove the variable DAYBOOK_PREVIEWS.');
  world.err(visible(`Published for ${pull.url}: ${files.length} files. Previews there are: ${there.join(', ')}. ${WORKFLOW} was started, and lays them beside the site.`));
  world.out(`${built}review/`);
  return 0;
}

/** @throws `preview-refused` for anything but regular files with names as a site has them, and for too many of them */
async function filesOfPreview(folder: string): Promise<PreviewFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause;
    throw new DaybookError('wrong-use', 'there is no preview', {}, 'Name the folder into which `npx daybook review --preview` has built it.');
  });
  const found = entries.filter((entry) => !entry.isDirectory());
  if (found.length > MOST_FILES) throw refused(`has ${found.length} files, and may have ${MOST_FILES}`);
  const files: PreviewFile[] = [];
  for (const entry of found) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    if (!entry.isFile()) throw refused('has something else than regular files', name);
    if (!isPreviewPath(name)) throw refused('has a file with a name that no file of a site has', name);
    files.push({ path: name, file, bytes: (await lstat(file)).size });
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MOST_BYTES) throw refused(`has ${bytes} bytes, and may have ${MOST_BYTES}`);
  if (!files.some(({ path: name }) => name === 'index.html')) throw refused('has no index.html');
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function refused(what: string, name?: string): DaybookError {
  return new DaybookError('preview-refused', `The preview ${what}`, name === undefined ? {} : { file: name }, 'It stays an artifact of the run of Review: see “Previews” on the page “Hosting” of the documentation.');
}
