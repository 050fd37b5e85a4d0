import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fittingPreviews, PREVIEWS_REF, publishPreview, readPreviews, type PreviewFile } from '../../src/store/previews.ts';
import { openRepository } from '../../src/store/repository.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { writeReview } from '../../src/review/review-schema.ts';
import { reviewOf } from '../unit/review-fixture.ts';
import { BASE, commit, daybook, ENV, git, newInstance, tree, write, type Said } from './instance.ts';

const SITE = 'https://team.example/reports/';
const INSTANCE = { 'daybook.yml': `${BASE['daybook.yml'] as string}url: ${SITE.slice(0, -1)}\n` };
const WHO = { name: 'Daybook', email: 'daybook@example.org' };

interface Place {
  home: string;
  bare: string;
  root: string;
  fake: FakeHost;
  /** A branch of the repository with a commit of its own, and a pull request for it. */
  propose: (branch: string, from?: string) => Promise<{ pull: number; head: string }>;
  publish: (pull: number, head: string, more?: { root?: string; files?: { [file: string]: string }; tip?: string }) => Promise<Said>;
  published: () => Promise<string[]>;
}

/** A repository on a host, and previews that hold a line. */
async function place(t: TestContext): Promise<Place> {
  const root = await newInstance(t, INSTANCE);
  const home = path.dirname(root);
  const bare = path.join(home, 'origin.git');
  await git(home, 'clone', '-q', '--bare', root, bare);
  await git(root, 'remote', 'add', 'origin', bare);
  const fake = await fakeHost(t, bare);
  let made = 0;
  return {
    home, bare, root, fake,
    propose: async (branch, from) => {
      const head = await git(root, 'commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', branch);
      await git(root, 'push', '-q', 'origin', `${head}:${from === undefined ? `refs/heads/${branch}` : `refs/forks/${from.split('/')[0]}/${branch}`}`);
      return { pull: await fake.propose(branch, branch, { by: 'eve', ...(from === undefined ? {} : { from }) }), head };
    },
    publish: async (pull, head, { root: at = root, files = {}, tip } = {}) => {
      const folder = path.join(home, `preview-${(made += 1)}`);
      await write(folder, { ...previewOf(pull, head), ...files });
      return daybook(at, ['publish-preview', '--from', folder, '--review', await reviewed(home, head, tip ?? await git(root, 'rev-parse', 'HEAD')), '--head', head], { env: fake.env });
    },
    published: async () => (await git(bare, 'ls-tree', '-r', '--name-only', PREVIEWS_REF)).split('\n'),
  };
}

/** The folder of a review of a commit, by the rules of the commit that it parted from. */
async function reviewed(home: string, head: string, tip: string): Promise<string> {
  const folder = path.join(home, `review-${head.slice(0, 10)}-${tip.slice(0, 10)}`);
  await write(folder, { 'review.json': writeReview(reviewOf([], { base: { commit: tip, label: 'main' }, tip, head: { commit: head, label: 'change' } })) });
  return folder;
}

function previewOf(pull: number, text: string): { [file: string]: string } {
  return { 'index.html': `<link rel="canonical" href="${SITE}preview/${pull}/"><p>${text}</p>`, 'reports/team/good/index.html': text };
}

test('a preview is published beside others, in place of an earlier one, and without those of pull requests that are closed', async (t) => {
  const { bare, fake, propose, publish, published } = await place(t);
  const [one, two] = [await propose('one'), await propose('two')];
  const said = await publish(one.pull, one.head, { files: { 'old.txt': 'old' } });
  assert.deepEqual([said.code, said.out], [0, `${SITE}preview/1/review/\n`], said.text);
  assert.equal((await publish(two.pull, two.head)).code, 0);
  assert.deepEqual(await published(), ['1/index.html', '1/old.txt', '1/reports/team/good/index.html', '2/index.html', '2/reports/team/good/index.html']);
  assert.equal((await publish(one.pull, one.head)).code, 0);
  assert.deepEqual(await published(), ['1/index.html', '1/reports/team/good/index.html', '2/index.html', '2/reports/team/good/index.html']);
  assert.deepEqual(fake.telling.dispatched, Array.from({ length: 3 }, () => ({ workflow: 'refresh.yml', ref: 'main', inputs: {} })));

  fake.close(1, 'ann');
  assert.equal((await publish(two.pull, two.head)).code, 0);
  assert.deepEqual(await published(), ['2/index.html', '2/reports/team/good/index.html']);
  assert.equal(await git(bare, 'rev-list', '--count', PREVIEWS_REF), '1', 'no history');
  assert.doesNotMatch(await git(bare, 'for-each-ref', 'refs/heads'), /preview/);
});

test('nothing is published of forks, of commits that are not the newest, of pull requests that are closed', async (t) => {
  const { fake, propose, publish, published } = await place(t);
  const fork = await propose('numbers', 'eve/reports');
  const old = await propose('moved');
  const gone = await propose('gone');
  fake.close(gone.pull, 'ann');
  for (const { pull, head } of [fork, { pull: old.pull, head: 'a'.repeat(40) }, gone]) {
    const said = await publish(pull, head);
    assert.deepEqual([said.code, said.out], [0, '']);
    assert.match(said.err, /nothing was published/);
  }
  await assert.rejects(published());
  assert.deepEqual(fake.telling.dispatched, []);
});

test('anything but the files of a site, built for that address, is refused', async (t) => {
  const { home, root, fake, propose, published } = await place(t);
  const { pull, head } = await propose('one');
  const folder = path.join(home, 'left');
  const review = await reviewed(home, head, await git(root, 'rev-parse', 'HEAD'));
  const at = (name: string): string => path.join(folder, name);
  const attacks: [string, RegExp, () => Promise<unknown>][] = [
    ['a link to a file', /bad: The preview has something else than regular files/, () => symlink('/etc/passwd', at('bad'))],
    ['a link to a folder', /bad: The preview has something else than regular files/, () => symlink('/etc', at('bad'))],
    ['a hidden file', /\.git\/config: The preview has a file with a name/, () => write(folder, { '.git/config': '[core]\n' })],
    ['an odd name', /The preview has a file with a name/, () => writeFile(at('a\nM 100644 inline b'), 'x')],
    ['too large', /has 1\d{8} bytes, and may have 100000000/, async () => { await writeFile(at('large.csv'), ''); await truncate(at('large.csv'), 100_000_000); }],
    ['no page', /has no index\.html/, () => rm(at('index.html'))],
    ['built for another pull request', /was built for https:\/\/team\.example\/reports\/preview\/9\/, so that/, () => write(folder, previewOf(9, 'x'))],
    ['built for the site', /was built for https:\/\/team\.example\/reports\/, so that/, () => write(folder, { 'index.html': `<link rel="canonical" href="${SITE}">` })],
    ['built for no address', /was built for no address, so that/, () => write(folder, { 'index.html': '' })],
  ];
  for (const [name, says, attack] of attacks) {
    await rm(folder, { recursive: true, force: true });
    await write(folder, previewOf(pull, 'x'));
    await attack();
    const said = await daybook(root, ['publish-preview', '--from', folder, '--review', review, '--head', head], { env: fake.env });
    assert.equal(said.code, 2, name);
    assert.match(said.err, says, name);
  }
  await assert.rejects(published());
  await rm(folder, { recursive: true, force: true });
  assert.equal((await daybook(root, ['publish-preview', '--from', folder, '--review', review, '--head', head], { env: fake.env })).code, 3);
  assert.match((await daybook(root, ['publish-preview', '--from', home, '--review', review, '--head', head])).err, /no Git host to ask/);
});

test('of two pull requests with one commit, each has the preview of what was compared for it', async (t) => {
  const { root, fake, propose, publish, published } = await place(t);
  const tip = await git(root, 'rev-parse', 'HEAD');
  const one = await propose('one');
  // Another branch, which has gone its own way.
  const release = await git(root, 'commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', 'Release');
  await git(root, 'push', '-q', 'origin', `${release}:refs/heads/release`);
  const two = await fake.propose('one', 'To release', { by: 'eve', base: 'release' });
  const other = await publish(one.pull, one.head, { tip: release });
  assert.deepEqual([other.code, other.out], [0, '']);
  assert.match(other.err, /no more one of https:\/\/host\.example\/team\/reports\/pull\/1 to main: nothing was published\. It was made by the rules and the code of commit/);
  const foreign = await publish(one.pull, one.head, { tip: 'f'.repeat(40) });
  assert.equal(foreign.out, '');
  const about = await publish(two, one.head, { tip });
  assert.equal(about.out, `${SITE}preview/2/review/\n`, 'its branch has that tip too');
  assert.equal((await publish(one.pull, one.head)).out, `${SITE}preview/1/review/\n`);
  assert.deepEqual((await published()).filter((file) => /^\d+\/index/.test(file)), ['1/index.html', '2/index.html']);
});

test('a comment links the preview of its own pull request alone', async (t) => {
  const { root, home, fake, propose } = await place(t);
  const one = await propose('one');
  await git(root, 'push', '-q', 'origin', 'HEAD:refs/heads/release');
  const two = await fake.propose('one', 'To release', { by: 'eve', base: 'release' });
  const review = await reviewed(home, one.head, await git(root, 'rev-parse', 'HEAD'));
  const linked = async (preview: string): Promise<boolean[]> => {
    const said = await daybook(root, ['comment', '--review', review, '--head', one.head, '--preview', preview], { env: fake.env });
    assert.equal(said.code, 0, said.text);
    return [one.pull, two].map((pull) => fake.commentsOn(pull).at(-1)!.body.includes(preview));
  };
  assert.deepEqual(await linked(`${SITE}preview/1/review/`), [true, false]);
  assert.deepEqual(await linked(`${SITE}preview/2/review/`), [false, true]);
  assert.deepEqual(await linked('https://previews.example/77/review/'), [true, true]);
});

test('two jobs at once: both previews are there, whoever was first', async (t) => {
  const { home, bare, root, fake, propose, publish, published } = await place(t);
  const proposed = [await propose('one'), await propose('two'), await propose('three')];
  const clones = await Promise.all(proposed.map(async (_, index) => {
    await git(home, 'clone', '-q', bare, path.join(home, `clone-${index}`));
    return path.join(home, `clone-${index}`);
  }));
  const said = await Promise.all(proposed.map(({ pull, head }, index) => publish(pull, head, { root: clones[index]! })));
  assert.deepEqual(said.map(({ code }) => code), [0, 0, 0], said.map(({ text }) => text).join(''));
  assert.deepEqual((await published()).filter((file) => file.endsWith('/index.html') && file.length < 20), ['1/index.html', '2/index.html', '3/index.html']);

  // Certainly between the look and the push: the other job lands while this one reads its files.
  const file = path.join(home, 'page.html');
  await writeFile(file, 'page');
  const [first, second] = await Promise.all(clones.slice(0, 2).map((clone) => openRepository(clone, ENV)));
  const open = new Set([1, 2, 3, 4, 5]);
  const before = await git(bare, 'rev-parse', PREVIEWS_REF);
  await publishPreview(first!, { pull: 4, files: [{ path: 'index.html', file, bytes: 4 }], open, time: new Date(0) }, WHO);
  const after = await git(bare, 'rev-parse', PREVIEWS_REF);
  await git(bare, 'update-ref', PREVIEWS_REF, before);
  let reads = 0;
  const slow: PreviewFile = {
    path: 'index.html', bytes: 4,
    get file() {
      if ((reads += 1) === 1) execFileSync('git', ['update-ref', PREVIEWS_REF, after], { cwd: bare, env: ENV });
      return file;
    },
  };
  assert.deepEqual(await publishPreview(second!, { pull: 5, files: [slow], open, time: new Date(0) }, WHO), [1, 2, 3, 4, 5]);
  assert.deepEqual([reads, await git(bare, 'rev-list', '--count', PREVIEWS_REF)], [2, '1']);
  assert.equal(await git(bare, 'show', `${PREVIEWS_REF}:4/index.html`), 'page');
  for (const at of clones) assert.equal(await git(at, 'for-each-ref', 'refs/daybook'), '');
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.deepEqual(fake.open.length, 3);
});

test('previews that fit: of open pull requests, none too large, the newest first, together no more than there is room for', () => {
  const files = (...bytes: number[]): { path: string; oid: string; bytes: number }[] => bytes.map((size, index) => ({ path: `${index}`, oid: '', bytes: size }));
  const full = (pull: number): [number, ReturnType<typeof files>] => [pull, files(50_000_000, 50_000_000)];
  const fitting = (open: number[], taken: number, ...previews: [number, ReturnType<typeof files>][]): number[] => [...fittingPreviews(new Map(previews), new Set(open), taken).keys()];
  const all = [1, 2, 3, 4, 5, 6, 7];
  assert.deepEqual(fitting(all, 0, ...all.map(full)), [7, 6, 5, 4, 3]);
  assert.deepEqual(fitting(all, 1, [1, files(7)], ...all.slice(1).map(full)), [7, 6, 5, 4, 1]);
  assert.deepEqual(fitting([2, 3], 0, ...all.map(full)), [3, 2]);
  assert.deepEqual(fitting(all, 0, [1, files(100_000_001)], [2, files(...Array.from({ length: 20_001 }, () => 1))], [3, files(1)]), [3]);
});

test('what anybody could have pushed there is not laid beside the site', async (t) => {
  const { home, bare, root, propose, publish, fake } = await place(t);
  for (const branch of ['one', 'two', 'three', 'four']) {
    const { pull, head } = await propose(branch);
    assert.equal((await publish(pull, head)).code, 0);
  }
  const blob = await git(bare, 'rev-parse', `${PREVIEWS_REF}:1/index.html`);
  const folderOf = (...entries: string[]): string => execFileSync('git', ['mktree'], { cwd: bare, env: ENV, input: entries.map((entry) => `${entry}\n`).join(''), encoding: 'utf8' }).trim();
  const ok = await git(bare, 'rev-parse', `${PREVIEWS_REF}:1`);
  const linked = folderOf(`100644 blob ${blob}\tindex.html`, `120000 blob ${blob}\tlink`);
  const hidden = folderOf(`100644 blob ${blob}\t.htaccess`, `100644 blob ${blob}\tindex.html`);
  const all = folderOf(`040000 tree ${ok}\t1`, `040000 tree ${linked}\t2`, `040000 tree ${hidden}\t3`, `040000 tree ${ok}\t4`, `040000 tree ${ok}\t04`, `040000 tree ${ok}\tindex`, `100644 blob ${blob}\t5`);
  await git(bare, 'update-ref', PREVIEWS_REF, await git(bare, 'commit-tree', all, '-m', 'mine'));
  await write(root, { 'dist/index.html': 'the site', 'dist/reports/a.csv': 'n\n' });
  const said = await daybook(root, ['lay-previews', '--out', path.join(home, 'pages')], { env: fake.env });
  assert.match(said.out, /with previews of the pull requests 1, 4\.\n$/, said.text);
  assert.deepEqual([...(await tree(path.join(home, 'pages'))).keys()], ['index.html', 'preview/1/index.html', 'preview/1/reports/team/good/index.html', 'preview/4/index.html', 'preview/4/reports/team/good/index.html', 'reports/a.csv']);
  assert.deepEqual([...(await tree(path.join(root, 'dist'))).keys()], ['index.html', 'reports/a.csv']);
  assert.match((await daybook(root, ['lay-previews', '--out', path.join(home, 'pages')], { env: fake.env })).err, /is not empty/);
});

test('a clone without the texts of files has those of previews in one request', async (t) => {
  const { home, bare, propose, publish } = await place(t);
  const { pull, head } = await propose('one');
  assert.equal((await publish(pull, head)).code, 0);
  await git(bare, 'config', 'uploadpack.allowFilter', 'true');
  const part = path.join(home, 'part');
  await git(home, 'clone', '-q', '--filter=blob:none', '--no-checkout', `file://${bare}`, part);
  // By this version of the protocol, Git cannot ask for files one by one.
  await git(part, 'config', 'protocol.version', '0');
  const read = new Map<string, string>();
  const repository = await openRepository(part, ENV);
  assert.deepEqual(await readPreviews(repository, new Set([pull]), async (name, bytes) => void read.set(name, bytes.toString())), [1]);
  assert.deepEqual([...read].map(([name, text]) => [name, text.includes(head)]), [['1/index.html', true], ['1/reports/team/good/index.html', true]]);
});

test('a job’s clone has the files that previews share with the branch in one more request, for all of them', async (t) => {
  const { home, bare, root, propose, publish } = await place(t);
  const shared = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`snapshots/${index}.csv`, `day,orders\n2026-01-0${index},${index}\n`]));
  await write(root, shared);
  await commit(root);
  await git(root, 'push', '-q', 'origin', 'main');
  const { pull, head } = await propose('one');
  assert.equal((await publish(pull, head, { files: shared })).code, 0);
  await git(bare, 'config', 'uploadpack.allowFilter', 'true');
  await git(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const uses: [string, (clone: string, env: NodeJS.ProcessEnv) => Promise<unknown>][] = [
    ['read', async (clone, env) => {
      const read = new Map<string, string>();
      await readPreviews(await openRepository(clone, env), new Set([pull]), async (name, bytes) => void read.set(name, bytes.toString()));
      assert.deepEqual([read.size, read.get('1/snapshots/7.csv')], [14, shared['snapshots/7.csv']]);
    }],
    ['publish', async (clone, env) => {
      const file = path.join(home, 'other.html');
      await writeFile(file, 'other');
      assert.deepEqual(await publishPreview(await openRepository(clone, env), { pull: 7, files: [{ path: 'index.html', file, bytes: 5 }], open: new Set([pull, 7]), time: new Date(0) }, WHO), [1, 7]);
    }],
  ];
  for (const [name, use] of uses) {
    const clone = path.join(home, name);
    await git(home, 'clone', '-q', '--depth=1', '--filter=blob:none', '--no-checkout', `file://${bare}`, clone);
    const trace = path.join(home, `${name}.trace`);
    await use(clone, { ...ENV, GIT_TRACE2_EVENT: trace });
    const requests = (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes('"event":"cmd_name"') && line.includes('"name":"fetch"'));
    assert.equal(requests.length, 2, `${name}: the commit, and what the branch has of it`);
  }
});
