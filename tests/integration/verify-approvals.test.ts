import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { approvalOf, approvalPath, writeApproval } from '../../src/snapshot/approval.ts';
import type { DecidedRecord, KeptRecord } from '../../src/snapshot/records.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import { ENV, git, request, result, write } from './store-fixture.ts';
import { commitAll, copyOfLedger, judge, keepCheckpoint, readEntries, rewriteHistory, writeChain } from './verify-fixture.ts';

const FILE = approvalPath({ report: 'team/c', asOf: '2001-06-05', version: 1 });
const USER = 'User <user@example.org>';

interface Trial {
  root: string;
  since: string;
  kept: KeptRecord;
  /** What was there before the snapshot, and the commit that approves it. */
  early: string;
  commit: string;
}

/** A held snapshot, and the commit of a person that approves it in the name of another too. */
async function held(t: TestContext, decision: 'approved' | 'rejected' = 'approved'): Promise<Trial> {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  const early = await git(root, 'rev-parse', 'HEAD');
  const policies = new Map([['team/c', { approvers: 2, keep: null, retain: null }]]);
  const { entry } = await keep(await openRepository(root, ENV), request([result('team/c', '2001-06-05')], { policies, time: new Date('2001-06-05T06:00:00Z') }));
  const kept = entry!.kept[0]!;
  await write(root, FILE, writeApproval(approvalOf(kept, decision)));
  return { root, since, kept, early, commit: await commitAll(root, 'Decide\n\nApproved-by: Other <other@example.org>') };
}

/** Enters a decision with no check, as a forger does who may push: the chain fits, and nothing of the past is touched. */
async function forge({ root, kept, commit }: Trial, change: Partial<DecidedRecord> = {}): Promise<void> {
  const { report, as_of, version, manifest } = kept;
  const decided: DecidedRecord = { report, as_of, version, manifest, decision: 'approved', by: [USER, 'Other <other@example.org>'], at: '2001-06-05T07:00:00Z', commit, pull: null, ...change };
  const entries = await readEntries(root);
  const { held: _, ...last } = entries.at(-1)!;
  await writeChain(root, [...entries, { ...last, kept: [], runs: [], decided: [decided] }]);
  await commitAll(root);
}

for (const [what, change, message] of [
  ['what a commit brought, by its author and whom it names', {}, null],
  ['by a pull request, of which the host alone knows who merged it', { by: ['ann', 'ben'], pull: 'https://example.org/pull/1' }, null],
  ['in the name of somebody else', { by: [USER, 'Jane <jane@example.org>'] }, /approved by commit [0-9a-f]{12}, in the name of "Jane <jane@example\.org>", who is neither its author nor named by it/],
  ['by no commit', { commit: null, pull: 'https://example.org/pull/1' }, /approved and does not say by which commit/],
  ['the reverse', { decision: 'rejected' }, /rejected by commit [0-9a-f]{12}, whose file says approved/],
] as [string, Partial<DecidedRecord>, RegExp | null][]) {
  test(`decided: ${what}`, async (t) => {
    const trial = await held(t);
    await forge(trial, change);
    const { code, first, status } = await judge(trial.root, { since: [trial.since] });
    assert.deepEqual([code, status['approvals'], first?.sequence ?? null], message ? [1, 'tampered', 6] : [0, 'sound', null]);
    if (message) assert.match(first!.message, message);
  });
}

test('decided by a commit that has no such file, another one, or came before the snapshot', async (t) => {
  const trial = await held(t);
  const { root, since, early, kept } = trial;
  const judged = async (commit: string): Promise<[number, string]> => {
    await git(root, 'reset', '-q', '--hard', trial.commit);
    await git(root, 'merge', '-q', '-s', 'ours', '-m', 'So that it is in the history', commit);
    await forge(trial, { commit });
    const { code, first } = await judge(root, { since: [since] });
    return [code, first!.message];
  };
  const none = await judged(early);
  assert.equal(none[0], 1);
  assert.match(none[1], /which does not have the file that decides it/);

  const aside = async (text: string): Promise<string> => {
    await git(root, 'switch', '-q', '--detach', early);
    await write(root, FILE, text);
    const commit = await commitAll(root, 'Aside\n\nApproved-by: Other <other@example.org>');
    await git(root, 'switch', '-q', 'main');
    return commit;
  };
  const other = await judged(await aside(writeApproval(approvalOf({ ...kept, data: kept.manifest }, 'approved'))));
  assert.match(other[1], /whose file is not on it: data is not that of team\/c@2001-06-05\.v1/);
  const before = await judged(await aside(writeApproval(approvalOf(kept, 'approved'))));
  assert.match(before[1], /which does not have it yet: nobody had seen what was decided/);
});

test('a commit that is not in the history leaves the question open; one that was taken back later does not', async (t) => {
  const trial = await held(t, 'rejected');
  const { root, since } = trial;
  await forge(trial, { decision: 'rejected', by: [USER] });
  await rm(join(root, FILE));
  await commitAll(root, 'It has done its work');
  assert.equal((await judge(root, { since: [since] })).code, 0);
  await rewriteHistory(root);
  const { code, status, first } = await judge(root, { since: [since] });
  assert.deepEqual([code, status['approvals']], [2, 'cannot-tell']);
  assert.match(first!.message, /which is not in this history/);
});

test('a result that readers saw though the branch asked for approvals', async (t) => {
  const root = await copyOfLedger(t);
  const job = async (day: number, approvers: number): Promise<void> => {
    const policies = new Map([['team/a', { approvers, keep: null, retain: null }]]);
    await keep(await openRepository(root, ENV), request([result('team/a', `2001-06-0${day}`)], { policies, time: new Date(`2001-06-0${day}T06:00:00Z`) }));
  };
  const ask = async (text: string): Promise<void> => {
    await write(root, 'reports/team/a.yml', `title: A\n${text}`);
    await commitAll(root, 'Ask');
  };
  await ask('approval: required\n');
  await job(5, 1);
  await ask('approval: { approvers: 2 }\n');
  await job(6, 2);
  await ask('');
  await job(7, 0);
  assert.equal((await judge(root, { unanchored: true })).code, 0, 'each as the branch asked then');

  await ask('approval: required\n');
  const entries = await readEntries(root);
  await job(8, 1);
  const { held: _, ...last } = (await readEntries(root)).at(-1)!;
  await git(root, 'reset', '-q', '--soft', 'HEAD~');
  await writeChain(root, [...entries, last]);
  await commitAll(root);
  const { code, first } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.sequence], [1, 'approvals', 8]);
  assert.match(first!.message, /keeps team\/a@2001-06-08\.v1, held for 0, and the definition in commit [0-9a-f]{12} asks for 1 to approve it/);
});
