import { waiversOf, type Waiver } from '../analysis/gate/gates.ts';
import type { Review } from '../analysis/review/review.ts';
import { checkYaml } from '../report/check.ts';
import type { Instance } from '../report/report.ts';
import { instanceSchema } from '../report/schema.ts';
import type { Host, Pull } from './host.ts';
import { code } from './markdown.ts';

/**
 * Whether a review is one of a change to a branch. `foreign`: of a change to another branch, which says nothing of this one;
 * `outdated`: the branch has gone on since in what a review rests on.
 */
type Fit = { kind: 'own'; waivers: Waiver[] } | { kind: 'foreign' | 'outdated'; why: string };

/** What of an instance judges, beside daybook.yml; .github lies at the top of the repository. */
const CODE = ['src', 'scripts', 'package.json', 'package-lock.json', '.npmrc'];
export const WORKFLOWS = '.github';
const INSTANCE = 'daybook.yml';

/**
 * The same commit may be proposed for several branches, by anybody, and may have parted from all of them at the same commit. Rules and
 * code are those of a branch’s tip, so that tip has to be on this branch, and the branch has to judge as it did then.
 * @param folder of the instance in its repository, as `reports/` or ``
 * @returns with `own`, the waivers that daybook.yml has on the branch by now
 * @throws `host-failed`
 */
export async function fitOf(host: Host, { base: branch, head }: Pick<Pull, 'base' | 'head'>, { base, tip }: Pick<Review, 'base' | 'tip'>, folder: string): Promise<Fit> {
  const now = await host.tipOf(branch);
  if (now === null) return { kind: 'foreign', why: `There is no branch ${code(branch)} any more.` };
  if (tip !== now && (await host.mergeBase(tip, now)) !== tip) return { kind: 'foreign', why: `It was made by the rules and the code of ${commitWords(tip)}, which is not on ${code(branch)}.` };
  const parted = await host.mergeBase(now, head);
  if (parted === null || base.commit !== parted) return { kind: 'outdated', why: `It compares with ${commitWords(base.commit)}, and the change parted from ${code(branch)} at ${commitWords(parted)}.` };
  const judge = await judgeAt(host, now, folder);
  const before = tip === now ? judge : await judgeAt(host, tip, folder);
  if (judge.code !== before.code) return { kind: 'outdated', why: `Daybook’s code has changed since on ${code(branch)}, from ${commitWords(tip)} to ${commitWords(now)}.` };
  if (judge.file !== before.file && (judge.rules === null || judge.rules !== before.rules)) return { kind: 'outdated', why: `The rules in ${code(INSTANCE)} have changed since on ${code(branch)}, from ${commitWords(tip)} to ${commitWords(now)}.` };
  return { kind: 'own', waivers: judge.waivers };
}

export function commitWords(commit: string | null): string {
  return commit === null ? 'no commit' : `commit ${code(commit)}`;
}

interface Judge {
  /** Ids of objects: equal where the code is. */
  code: string;
  file: string | null;
  /** Of daybook.yml what the review goes by; null where it cannot be read. */
  rules: string | null;
  waivers: Waiver[];
}

async function judgeAt(host: Host, commit: string, folder: string): Promise<Judge> {
  const top = await host.entriesAt(commit, '');
  const own = folder === '' ? top : await host.entriesAt(commit, folder);
  const file = own.get(INSTANCE) ?? null;
  const instance = file === null ? null : instanceOf(await host.textOf(file));
  return {
    code: JSON.stringify([top.get(WORKFLOWS), ...CODE.map((name) => own.get(name))].map((id) => id ?? null)),
    file, rules: instance && rulesOf(instance), waivers: instance ? waiversOf(instance.review) : [],
  };
}

/** A file that cannot be read waives nothing. */
function instanceOf(text: string): Instance | null {
  return checkYaml(text, INSTANCE, instanceSchema).value;
}

/** Waivers are looked up anew, whenever they were written. */
function rulesOf({ review, limits, source_roots: roots, personal_store: store }: Instance): string {
  return JSON.stringify([{ ...review, waivers: [] }, limits, roots, store ?? null]);
}
