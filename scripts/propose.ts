import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError, describe, visible, visibleJson } from '../src/error.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { decisionsIn } from '../src/review/onboard/decisions.ts';
import { proposalTitle } from '../src/review/proposal-text.ts';
import { changedFiles, rangeOf, type ChangedFile } from '../src/store/changed-files.ts';
import { commitPaths } from '../src/store/commit-paths.ts';
import { existing } from '../src/store/objects.ts';
import { freeBranch, knownOrigin, readOrigin } from '../src/store/origin.ts';
import { pushBranch } from '../src/store/push-branch.ts';
import { pushRemote } from '../src/store/remote.ts';
import { branchHead, openRepository, type BranchHead, type Repository } from '../src/store/repository.ts';
import { openPull } from './propose/pull.ts';
import { chooseFiles, filesOf, subjects, type ChosenFiles, type Subjects } from './propose/select.ts';
import { proposalDocument, proposalLines, type ProposalTarget, type ProposeText } from './propose/text.ts';
import { problemsIn } from './validate/check.ts';
import { withParser } from './validate/parser.ts';
import { sayProblems, type World } from './world/world.ts';

interface ProposeOptions {
  dryRun?: boolean;
  json?: boolean;
}

/** Definitions of the work tree to a pull request: validates, commits, pushes, opens. Returns the exit code. */
export function propose(world: World, words: string[], { dryRun = false, json = false }: ProposeOptions): Promise<number> {
  return proposeSaying(world, words, dryRun, json ? proposalDocument(dryRun, (proposal) => world.out(visibleJson(proposal))) : proposalLines(world, dryRun));
}

/** The same at the end of a command that has made the definitions. @param write gets what came of it; null where it failed. Called once, also then */
export async function proposeMade(world: World, ids: string[], write: (proposal: object | null) => void): Promise<number> {
  let made: object | null = null;
  try {
    return await proposeSaying(world, ids, false, proposalDocument(false, (proposal) => { made = proposal; }));
  } finally {
    write(made);
  }
}

/**
 * Six sets of files are told apart; each has what differs between two states, or is a part of another:
 *
 *     differing    what may be proposed: `ahead`, and on a branch of one's own `uncommitted`
 *     ahead        work tree ↔ the commit where this branch and origin's parted, without what origin has by now
 *     uncommitted  work tree ↔ the commit here: what goes back to how it was is a change too
 *     chosen       of differing: definitions that the words name, with what they read
 *     toCommit     of chosen: all on the default branch, since a new one begins at origin's commit; else what is uncommitted
 *     pulled       in `pushAndOpen`, the commit that is pushed ↔ where it parted from origin's: what the pull request shows
 */
async function proposeSaying(world: World, words: string[], dryRun: boolean, text: ProposeText): Promise<number> {
  const definitions = loadDefinitions(world.root);
  const repository = await openRepository(world.root, world.env);
  const here = await branchHead(repository);
  const remote = await pushRemote(repository, null);
  const origin = (dryRun ? await knownOrigin(repository, remote) : null) ?? await readOrigin(repository, remote);
  const isMain = here.branch === `refs/heads/${origin.branch}`;

  const { base: parting } = await rangeOf(repository, origin.tip);
  const ahead = await changesBeyond(repository, parting, origin.tip);
  const uncommitted = isMain ? [] : await changedFiles(repository, { base: here.commit, head: null });
  const differing = [...ahead, ...uncommitted.filter(({ path }) => !ahead.some((one) => one.path === path))];
  const chosen = chooseFiles(words, definitions, differing);
  await refuseIgnored(repository, isMain ? origin.tip : here.commit, definitions, chosen, differing);
  const problems = await problemsWith(definitions, chosen, differing);
  if (problems.length > 0) {
    sayProblems(world, problems);
    return 1;
  }
  if (chosen.files.length === 0) {
    text.nothing(words, origin);
    return 0;
  }
  if (isMain) await refuseCommitted(repository, parting, here, chosen);
  const fresh = isMain ? await freeBranch(repository, origin, stemOf(chosen)) : null;
  const toCommit = isMain ? chosen.files : uncommitted.filter(({ path }) => chosen.files.some((file) => file.path === path));
  const message = toCommit.length === 0 ? null : messageOf(subjects(definitions, toCommit));
  const place = { repository, here, origin, fresh, remote: isMain ? remote : await pushRemote(repository, shortOf(here)) };
  text.plan(place, message, toCommit, differing);
  if (dryRun) return 0;
  const branch = fresh === null ? null : { name: fresh, at: origin.tip };
  const head = message === null ? here.commit : await commitPaths(repository, here, { paths: toCommit.map(({ path }) => path), message, branch });
  return pushAndOpen(world, place, head, definitions, text);
}

/** Pushes the branch, and opens its pull request: it shows all that the branch has, which may be more than was named now. */
async function pushAndOpen(world: World, { repository, here, origin, fresh, remote }: ProposalTarget, head: string, definitions: Definitions, text: ProposeText): Promise<number> {
  const branch = fresh ?? shortOf(here);
  const said = await pushBranch(repository, branch, remote);
  text.pushed(remote, branch, head);
  const { base } = await rangeOf(repository, `${origin.tip}..${head}`);
  const pulled = await changedFiles(repository, { base, head });
  const about = subjects(definitions, pulled);
  const reports = await Promise.all(about.reports.map(async (one) => {
    const file = definitions.reports.get(one.id)?.file;
    return { ...one, decide: file === undefined ? [] : decisionsIn(await readFile(path.join(world.root, file), 'utf8')) };
  }));
  const pull = await openPull(world, repository, { branch, base: origin.branch, remote, said, files: pulled.map(({ path }) => path), ...about, reports });
  text.ended(pull, fresh, origin.branch);
  return pull.code;
}

function shortOf({ branch }: BranchHead): string {
  return branch.replace('refs/heads/', '');
}

/** What the work tree has otherwise than the commit where both parted, and otherwise than `origin` has it by now. */
async function changesBeyond(repository: Repository, parting: string, tip: string): Promise<ChangedFile[]> {
  const changes = await changedFiles(repository, { base: parting, head: null });
  if (parting === tip) return changes;
  const now = new Set((await changedFiles(repository, { base: tip, head: null })).map(({ path }) => path));
  return changes.filter(({ path }) => now.has(path));
}

/** A pull request that lacks a file which its report needs fails for everybody but its author. */
async function refuseIgnored(repository: Repository, commit: string, definitions: Definitions, { ids, reports }: ChosenFiles, differing: readonly ChangedFile[]): Promise<void> {
  const known = new Set(differing.map(({ path }) => path));
  const needed = [...new Set([...ids, ...reports.map(({ id }) => id)])].flatMap((id) => {
    const report = definitions.reports.get(id);
    return report ? [...filesOf(id, definitions).filter((file) => file.startsWith('queries/')), report.file] : [];
  });
  const missing = [...new Set(needed)].filter((file) => !known.has(file));
  const there = new Set(await existing(repository, missing.map((file) => `${commit}:${repository.prefix}${file}`)));
  const ignored = missing.find((file) => isWritten(definitions, file) && !there.has(`${commit}:${repository.prefix}${file}`));
  if (ignored !== undefined) throw new DaybookError('wrong-use', 'Git ignores this file, so the pull request would lack it', { file: ignored }, 'Take it out of .gitignore, or add it with `git add --force`; then run this again.');
}

/** Of the names that a report's files may have, those that it does have. */
function isWritten({ reports, sources, macros }: Definitions, file: string): boolean {
  const files = [[...reports.values()].flatMap((report) => [report.file, report.query.file]), [...sources.values()].map((source) => source.file), macros.map((macro) => macro.file)];
  return files.flat().includes(file);
}

/** What is committed on the default branch here stays behind when another begins at that of `origin`. */
async function refuseCommitted(repository: Repository, parting: string, here: BranchHead, { files }: ChosenFiles): Promise<void> {
  if (parting === here.commit) return;
  const committed = new Set((await changedFiles(repository, { base: parting, head: here.commit })).map(({ path }) => path));
  const first = files.find(({ path }) => committed.has(path));
  const branch = shortOf(here);
  if (first) throw new DaybookError('git-diverged', `${branch} has commits of its own with this file`, { file: first.path }, 'Give them a branch: `git switch -c my-report`; then run this again, and it pushes that one.');
}

/**
 * What `daybook validate` says of what is proposed; and of others that read a source or a macro which is changed. Drafts that stay
 * here are nobody's concern.
 */
async function problemsWith(definitions: Definitions, chosen: ChosenFiles, differing: readonly ChangedFile[]): Promise<DaybookError[]> {
  const proposed = [...chosen.ids, ...chosen.reports.map(({ id }) => id)].filter((id) => definitions.reports.has(id) || definitions.broken.has(id));
  const drafts = new Set(subjects(definitions, differing).reports.map(({ id }) => id));
  const shared = chosen.files.filter(({ path }) => /^queries\/(sources|macros)\//.test(path));
  const reaches = shared.some(({ path, change }) => change !== 'added' || path.startsWith('queries/macros/'));
  const others = reaches ? [...definitions.reports.keys(), ...definitions.broken.keys()].filter((id) => !drafts.has(id)) : [];
  const ids = [...new Set([...proposed, ...others])];
  if (ids.length + shared.length === 0) return [];
  return withParser(async (parser) => {
    const ofReports = ids.length > 0 ? await problemsIn(parser, definitions, ids) : [];
    const ofShared = shared.length > 0 ? (await problemsIn(parser, definitions, [])).filter(({ place }) => shared.some(({ path }) => path === place.file)) : [];
    return [...new Map([...ofReports, ...ofShared].map((problem) => [describe(problem), problem])).values()];
  });
}

/** The message of a commit: what a person reading `git log` wants to know. */
function messageOf({ reports, sources, others }: Subjects): string {
  const lines = reports.slice(0, 50).map(({ id, report }) => (report ? `${id}: ${visible(report.title).replace(/\s+/g, ' ')}` : id));
  const more = reports.length > 50 ? [`and ${reports.length - 50} more`] : [];
  return `${[proposalTitle(reports, sources, others.length), ...(lines.length > 0 ? ['', ...lines, ...more] : [])].join('\n')}\n`;
}

/** What a branch is called after. */
function stemOf({ reports: [first, ...rest], sources, others }: ChosenFiles): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 180) || 'definitions';
  if (first) return `${plain(first.id)}${rest.length === 0 ? '' : `-and-${rest.length}-more`}`;
  const [source] = sources;
  return source === undefined ? plain(others[0]?.replace(/^queries\/|\.\w+$/g, '') ?? '') : `source-${plain(source)}`;
}
