import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCheckpoint } from '../../src/snapshot/checkpoint.ts';
import { pipeGit } from '../../src/store/git.ts';
import { readObjects } from '../../src/store/objects.ts';
import { openRepository } from '../../src/store/repository.ts';
import { exitCode } from '../../src/store/verify/layer.ts';
import { signatureLayer } from '../../src/store/verify/signature.ts';
import { readTree } from '../../src/store/verify/tree.ts';
import { readContents } from '../../src/store/verify/verify.ts';
import { ENV } from './store-fixture.ts';
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
test(`any bit of any file below snapshots/: ${FLIPS} trials`, async (t) => {
  const repository = await openRepository(await copyOfLedger(t), ENV);
  const place = { ...repository, commit: repository.head };
  assert.equal(exitCode((await readContents(place)).layers), 0);
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
