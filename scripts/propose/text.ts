import { visible } from '../../src/error.ts';
import type { ChangedFile } from '../../src/store/changed-files.ts';
import type { Origin } from '../../src/store/origin.ts';
import type { BranchHead, Repository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';
import type { PullFound } from './pull.ts';

/** Where a proposal stands: a branch that is checked out, and what `origin` has. */
export interface ProposalTarget {
  repository: Repository;
  here: BranchHead;
  origin: Origin;
  /** The name of a new branch; null: the one that is checked out, which is not the default branch. */
  fresh: string | null;
  /** Where it is pushed: `origin`, or a fork. */
  remote: string;
}

/** What is said of a proposal while it is made: lines for people, or in the end one document. */
export interface ProposeText {
  nothing(words: readonly string[], origin: Origin): void;
  plan(place: ProposalTarget, message: string | null, toCommit: readonly ChangedFile[], differing: readonly ChangedFile[]): void;
  pushed(remote: string, branch: string, commit: string): void;
  ended(pull: PullFound, fresh: string | null, base: string): void;
}

/** Each line as it happens. @param dryRun says `would propose`, and shows the commit’s message */
export function proposalLines(world: World, dryRun: boolean): ProposeText {
  const say = (line: string): void => world.out(visible(line.replaceAll('\n', '␊')));
  return {
    nothing: (words, origin) => say(`Nothing to propose: ${words.length === 0 ? 'reports/ and queries/ are' : `${words.join(', ')} is`} as on ${ofOrigin(origin)}.`),
    plan: ({ here, origin, fresh, remote }, message, toCommit, differing) => {
      const place = fresh === null ? `on the branch ${here.branch.replace('refs/heads/', '')}` : `on a new branch ${fresh}, from ${ofOrigin(origin)}`;
      say(`${dryRun ? 'would propose' : 'proposing'} ${place}${remote === 'origin' ? '' : `, by way of ${remote}`}:`);
      for (const { path, change } of toCommit) say(`  ${change} ${path}`);
      if (message === null) say('  all of it is committed already');
      else if (dryRun) for (const line of message.trimEnd().split('\n')) say(`  | ${line}`);
      if (differing.some(({ path }) => path === 'daybook.yml')) say('  not proposed: daybook.yml, which differs too; where the report needs it, commit it to the branch yourself');
    },
    pushed: (remote, branch) => say(`${remote} has the branch ${branch}`),
    ended: ({ url, isNew, by, pages }, fresh, base) => {
      if (url !== null) say(isNew ? `opened ${url}${by === null ? '' : `, by the account that ${by} is signed in with`}` : `${url} is open, and has it`);
      else say(pages.length === 0 ? 'Open the pull request on the Git host, if it is not open yet.' : 'Open the pull request, if it is not open yet:');
      for (const line of url === null ? pages : []) say(`  ${line}`);
      if (fresh !== null) say(`You are on the branch ${fresh} now. What you change here, \`npx daybook propose\` adds; \`git switch ${base}\` goes back.`);
    },
  };
}

function ofOrigin({ branch, isKnown }: Origin): string {
  return `${branch} of origin${isKnown ? ', as of the last fetch' : ''}`;
}

/** One document at the end, also where there was nothing to do; a failure leaves none. */
export function proposalDocument(dryRun: boolean, done: (proposal: object) => void): ProposeText {
  const document = {
    proposed: false, branch: null as string | null, is_new: false, base: null as string | null, remote: null as string | null, as_of_last_fetch: false,
    files: [] as Pick<ChangedFile, 'path' | 'change'>[], message: null as string | null, commit: null as string | null, pull_request: null as string | null, open_at: [] as readonly string[],
  };
  const write = (): void => done(document);
  return {
    nothing: (_words, { branch, isKnown }) => {
      Object.assign(document, { base: branch, as_of_last_fetch: isKnown });
      write();
    },
    plan: ({ here, origin, fresh, remote }, message, toCommit) => {
      Object.assign(document, { branch: fresh ?? here.branch.replace('refs/heads/', ''), is_new: fresh !== null, base: origin.branch, remote, as_of_last_fetch: origin.isKnown, files: toCommit.map(({ path, change }) => ({ path, change })), message });
      if (dryRun) write();
    },
    pushed: (_remote, _branch, commit) => void Object.assign(document, { proposed: true, commit }),
    ended: ({ url, pages }) => {
      Object.assign(document, { pull_request: url, open_at: url === null ? pages : [] });
      write();
    },
  };
}
