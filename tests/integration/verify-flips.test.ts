import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saltedDigest } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import { readCheckpoint } from '../../src/snapshot/checkpoint.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import type { ChangeRecord, DecidedRecord } from '../../src/snapshot/records.ts';
import { pipeGit } from '../../src/store/git.ts';
import { readObjects } from '../../src/store/objects.ts';
import { keep } from '../../src/store/keep.ts';
import type { Attempted, KeepRequest } from '../../src/store/request.ts';
import { openRepository } from '../../src/store/repository.ts';
import { exitCode } from '../../src/store/verify/layer.ts';
import { signatureLayer } from '../../src/store/verify/signature.ts';
import { readTree } from '../../src/store/verify/tree.ts';
import { readContents } from '../../src/store/verify/verify.ts';
import { ENV, request, result } from './store-fixture.ts';
import { copyOfLedger, signed, newKey, ledger } from './verify-fixture.ts';

const FLIPS = Number(process.env['DAYBOOK_FLIPS'] ?? 100);

/** mulberry32: the same trials each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/*
 * Each trial is the whole tree as it is, but for one bit of one file, so that what finds it is the
 * content alone: no history that tells, no signature.
 */
/** Entries of every other kind: held, approved, retired, personal and erased, with what snapshots changed. */
async function addFates(root: string): Promise<void> {
  const enter = async (attempts: Attempted[], more: Partial<KeepRequest>): Promise<Entry> => {
    const personal = { read: async () => null, write: async () => undefined };
    return (await keep(await openRepository(root, ENV), request(attempts, { time: new Date('2001-06-06T06:00:00Z'), ...more }), { personal })).entry!;
  };
  const policies = new Map([['team/c', { approvers: 1, keep: null, retain: null }], ['team/a', { approvers: 0, keep: { daily: 1 }, retain: null }]]);
  const changeOf = (base: KeptSnapshot | null, { manifest: { report, as_of, version } }: KeptSnapshot): ChangeRecord => ({ report, as_of, version, base: base && 'team/a@2001-06-03.v1', rows: { entered: 1, modified: 2, deleted: 0, left: 0 }, restated: null });
  const salt = 'cd'.repeat(32);
  const plain = result('team/p', '2001-06-05', ['Jane']) as Attempted & { kind: 'result' };
  const personal = { ...plain, salt, result: { ...plain.result, rows: { ...plain.result.rows, sha256: saltedDigest(salt, plain.csv) } } };
  const { held } = await enter([result('team/c', '2001-06-05'), result('team/a', '2001-06-05'), personal], { policies, changeOf });
  const { approvers: _, ...named } = held![0]!;
  const decided: DecidedRecord = { ...named, decision: 'rejected', by: ['jane'], at: '2001-06-06T07:00:00Z', commit: null, pull: 'https://example.org/pull/1' };
  await enter([], { policies, decided: [decided], erased: [{ report: 'team/p', as_of: '2001-06-05', reason: 'request', ticket: 'T-1', approver: 'dpo' }] });
}

test(`any bit of any file below snapshots/: ${FLIPS} trials`, async (t) => {
  const root = await copyOfLedger(t);
  await addFates(root);
  const repository = await openRepository(root, ENV);
  const place = { ...repository, commit: repository.head };
  const sound = await readContents(place);
  assert.equal(exitCode(sound.layers), 0, JSON.stringify(sound.layers));
  const lists = new Set(sound.entries.flatMap((entry) => Object.keys(entry)));
  for (const list of ['changes', 'held', 'decided', 'retired', 'erased']) assert.ok(lists.has(list), list);
  const files = (await readTree(place, place.commit, '')).filter(({ path }) => path.startsWith('snapshots/'));
  const contents: Buffer[] = [];
  for await (const bytes of readObjects(place, files.map(({ oid }) => oid))) contents.push(bytes!);
  const random = chance(20010630);
  const flipped = new Set<string>();
  for (let trial = 0; trial < FLIPS; trial += 1) {
    const index = Math.floor(random() * files.length);
    const bytes = Buffer.from(contents[index]!);
    const at = Math.floor(random() * bytes.length);
    const bit = Math.floor(random() * 8);
    bytes[at]! ^= 1 << bit;
    const { path } = files[index]!;
    flipped.add(path);
    const stream = `commit refs/heads/trial\nmark :1\ncommitter A <a@b> 0 +0000\ndata 0\nfrom ${place.commit}\nM 100644 inline ${path}\ndata ${bytes.length}\n`;
    const commit = await pipeGit(place, ['fast-import', '--quiet', '--force', '--done'], { input: [stream, bytes, '\nget-mark :1\ndone\n'] });
    const { layers } = await readContents({ ...place, commit: commit.toString().trim() });
    const found = layers.flatMap(({ findings }) => findings);
    assert.equal(exitCode(layers), 1, `${path}, byte ${at}, bit ${bit}`);
    assert.ok(found.some(({ file }) => file === path || path.includes('/ledger/')), `${path}, byte ${at}, bit ${bit}: ${found[0]!.file} is named`);
  }
  assert.ok(flipped.size >= Math.min(FLIPS, files.length) / 2);
});

test('any bit of a signature', async (t) => {
  const own = newKey();
  const repository = await openRepository(await ledger(t, signed({ key: own.text, since: 1 }), own.signer), ENV);
  const { checkpointText, keys } = await readContents({ ...repository, commit: repository.head });
  assert.equal(signatureLayer(readCheckpoint(checkpointText), keys).status, 'sound');
  const start = checkpointText.indexOf('— ');
  for (let at = start; at < checkpointText.length; at += 1) {
    for (const other of ['A', 'B', ' ', '\n', '=']) {
      if (checkpointText[at] === other) continue;
      const text = checkpointText.slice(0, at) + other + checkpointText.slice(at + 1);
      let status = 'refused';
      try {
        ({ status } = signatureLayer(readCheckpoint(text), keys));
      } catch {
        continue;
      }
      assert.equal(status, 'tampered', JSON.stringify(text));
    }
  }
});
