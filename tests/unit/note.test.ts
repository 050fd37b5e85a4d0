import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyFor, readCheckpoint, signerFor } from '../../src/snapshot/checkpoint.ts';
import { judge, makeKey, parseSignerKey, parseVerifierKey, readNote, writeNote } from '../../src/snapshot/note.ts';

// A published vector of another implementation of signed notes.
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const NOTE = 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

test('a note that another program signed', () => {
  const note = readNote(NOTE)!;
  assert.equal(note.text, 'This is an example message.\n');
  assert.equal(judge(note, parseVerifierKey(VKEY)), 'signed');
  assert.equal(parseVerifierKey(VKEY).text, VKEY);
  assert.equal(judge(readNote(NOTE.replace('example message', 'exbmple message'))!, parseVerifierKey(VKEY)), 'false');
});

test('a pair of keys signs and checks; strangers and other names are not taken for it', () => {
  const [one, two] = [makeKey('demo'), makeKey('demo')];
  const text = writeNote('demo\n1\nhash\n', [parseSignerKey(one.signer)]);
  const note = readNote(text)!;
  assert.equal(judge(note, parseVerifierKey(one.verifier)), 'signed');
  assert.equal(judge(note, parseVerifierKey(two.verifier)), 'absent');
  assert.equal(parseSignerKey(`${one.signer}\n`).verifier.text, one.verifier, 'a secret with a line end');
  const both = readNote(writeNote('demo\n1\nhash\n', [parseSignerKey(one.signer), parseSignerKey(two.signer)]))!;
  assert.deepEqual([one, two].map(({ verifier }) => judge(both, parseVerifierKey(verifier))), ['signed', 'signed']);
});

test('keys that are not whole are refused, and no part of a private one is repeated', () => {
  const { signer, verifier } = makeKey('demo');
  const bad = [verifier.slice(0, -1), verifier.replace('demo', 'other'), `x${verifier}`, verifier.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), 'demo', ''];
  for (const text of bad) assert.throws(() => parseVerifierKey(text), { code: 'key-broken' }, text);
  for (const text of [signer.slice(1), signer.slice(0, -1), signer.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), verifier]) {
    assert.throws(() => parseSignerKey(text), (cause: Error & { code: string }) => cause.code === 'key-broken' && !cause.message.includes(signer.slice(-20)), text);
  }
  assert.throws(() => makeKey('a name'), { code: 'key-broken' });
});

test('only the one form of a note is read', () => {
  for (const text of ['', 'a', 'a\n\n', 'a\n\n— demo\n', 'a\n\n- demo AAAAAAAA\n', NOTE.replace('— ', '—  '), `${NOTE}\n`, NOTE.replace('\n\n', '\r\n\r\n'), NOTE.slice(0, -1), 'a\t\n']) {
    const note = readNote(text);
    assert.ok(note === null || note.signatures.length === 0, JSON.stringify(text));
  }
  const checkpoint = `demo\n15\n23X8SCqCRj3dRgN+PxWoohkPeL+dJvx1L0oW1HNb2Bo=\n`;
  assert.deepEqual([readCheckpoint(checkpoint).sequence, readCheckpoint(checkpoint).head.slice(0, 15)], [15, 'sha256:db75fc48']);
  for (const bad of [checkpoint.replace('15', '015'), checkpoint.replace('15', '0'), checkpoint.replace('2Bo=', '2Bp='), checkpoint.slice(0, -1), `${checkpoint}more\n`, checkpoint.replace('demo', ''), checkpoint.replace('demo', 'a b')]) {
    assert.throws(() => readCheckpoint(bad), { code: 'ledger-broken' }, JSON.stringify(bad));
  }
});

test('the key of a sequence is the one that began last; without it nobody signs', () => {
  const [one, two] = [makeKey('demo'), makeKey('demo')];
  const keys = [{ key: one.verifier, since: 3 }, { key: two.verifier, since: 7 }];
  assert.deepEqual([1, 3, 6, 7, 99].map((sequence) => keyFor(keys, sequence)?.since ?? null), [null, 3, 3, 7, 7]);
  assert.equal(signerFor(keys, null, 2), null);
  assert.equal(signerFor(keys, parseSignerKey(one.signer), 6)?.verifier.text, one.verifier);
  assert.throws(() => signerFor(keys, null, 3), { code: 'key-missing' });
  assert.throws(() => signerFor(keys, parseSignerKey(one.signer), 7), { code: 'key-missing' });
});
