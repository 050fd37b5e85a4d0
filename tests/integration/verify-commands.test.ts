import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import { BASE, commit, daybook, ENV, git, newInstance, refresh, write } from './instance.ts';
import { request, result } from './store-fixture.ts';
import { commitAll, copyOfLedger, edit, ledger, ROWS } from './verify-fixture.ts';

const YML = String(BASE['daybook.yml']);

test('a signed ledger, from the key to the proof', async (t) => {
  const root = await newInstance(t);
  const said = await daybook(root, ['key']);
  const [, verifier] = /- \{ key: "(.+)", since: 1 \}/.exec(said.out)!;
  const [signer] = /^PRIVATE\+KEY\+\S+$/m.exec(said.out)!;
  await write(root, { 'daybook.yml': `${YML}ledger:\n  keys:\n    - { key: "${verifier}", since: 1 }\n` });
  await commit(root, 'Key');
  assert.equal((await daybook(root, ['validate'])).code, 0);

  const refused = await daybook(root, ['refresh', '--no-build']);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /ledger entry 1 must be signed by test\+\w+, and the job has no key[^]*DAYBOOK_SIGNING_KEY.*\[key-missing\]/);
  assert.equal(await git(root, 'rev-list', '--count', 'HEAD'), '2', 'nothing was run or kept');

  const env = { DAYBOOK_SIGNING_KEY: signer };
  assert.equal((await refresh(root, [], { env })).code, 0);
  assert.doesNotMatch(await git(root, 'log', '-p'), new RegExp(signer.slice(-44).replaceAll(/[+/]/g, '\\$&')), 'the private key is in no commit');
  const checkpoint = await readFile(path.join(root, 'snapshots/ledger/checkpoint'), 'utf8');
  assert.match(checkpoint, /^test\n1\n\S{44}\n\n— test \S+\n$/);

  assert.equal((await daybook(root, ['verify'])).code, 2);
  const verified = await daybook(root, ['verify', '--key', verifier!]);
  assert.equal(verified.code, 0, verified.text);
  assert.match(verified.out, /SOUND[^]*Keep this checkpoint[^]*— test /);
  assert.equal((await daybook(root, ['verify', '--key', 'nonsense'])).code, 3);
  assert.equal((await daybook(root, ['verify', '--since', 'absent.txt'])).code, 3);
  assert.equal((await daybook(root, ['verify', '--since', 'daybook.yml'])).code, 3);
  const human = await daybook(root, ['verify', '--unanchored']);
  assert.match(human.out, /^– {3} anchor .*Not checked/m);

  await daybook(root, ['prove', 'good@2026-01-07', '--out', 'proof.json']);
  const rows = 'snapshots/2026/01/07/v1/team/good.csv';
  const elsewhere = path.join(root, '..');
  for (const file of ['proof.json', 'snapshots/ledger/checkpoint', rows]) await writeFile(path.join(elsewhere, path.basename(file)), await readFile(path.join(root, file)));
  const check = async (...words: string[]) => daybook(elsewhere, ['prove', '--check', 'proof.json', ...words]);
  assert.equal((await check('--key', verifier!, '--rows', 'good.csv')).code, 0);
  assert.equal((await check('--checkpoint', 'checkpoint')).code, 0);
  assert.equal((await check()).code, 2, 'nothing from elsewhere');
  assert.equal((await check('--key', verifier!, '--rows', 'checkpoint')).code, 1, 'other rows');
  const text = await readFile(path.join(elsewhere, 'proof.json'), 'utf8');
  for (const [what, from, to] of [['a metric', '"value": "210"', '"value": "211"'], ['the name', '@2026-01-07.v1', '@2026-01-07.v2'], ['an entry', '"status": "succeeded"', '"status": "unchanged"'], ['its end', '"sequence": 1', '"sequence": 2'], ['all', text, '{}'], ['its text', text, text.slice(1)]] as const) {
    assert.ok(text.includes(from), what);
    await writeFile(path.join(elsewhere, 'proof.json'), text.replace(from, to));
    const { code, out } = await check('--key', verifier!);
    assert.equal(code, 1, `${what}: ${out}`);
    assert.match(out, /^FALSE: This proves nothing/, what);
  }
  assert.equal((await daybook(root, ['prove'])).code, 3);
  assert.equal((await daybook(root, ['prove', 'good'])).code, 3);
});

test('a proof of an old snapshot runs through all later entries, packed when they are long, or ends at a given checkpoint', async (t) => {
  const root = await ledger(t);
  const keepCopy = async (name: string) => writeFile(path.join(root, '..', name), await readFile(path.join(root, 'snapshots/ledger/checkpoint')));
  await keepCopy('first.txt');
  const many = Array.from({ length: 120 }, (_, index) => result(`team/many-${index}`, '2001-06-05', [`${index}`]));
  await keep(await openRepository(root, ENV), request(many, { time: new Date('2001-06-05T06:00:00Z') }));
  await keepCopy('last.txt');
  const whole = await daybook(root, ['prove', 'team/a@2001-06-03']);
  const proof = JSON.parse(whole.out) as { entries_gzip: string };
  assert.equal((JSON.parse(gunzipSync(Buffer.from(proof.entries_gzip, 'base64')).toString()) as unknown[]).length, 3);
  await writeFile(path.join(root, '../proof.json'), whole.out);
  for (const known of ['first.txt', 'last.txt']) assert.equal((await daybook(path.dirname(root), ['prove', '--check', 'proof.json', '--checkpoint', known])).code, 0, known);
  const short = await daybook(root, ['prove', 'team/a@2001-06-03', '--checkpoint', '../first.txt']);
  assert.ok(short.out.length < whole.out.length);
  await writeFile(path.join(root, '../short.json'), short.out);
  assert.equal((await daybook(path.dirname(root), ['prove', '--check', 'short.json', '--checkpoint', 'first.txt'])).code, 0);
  assert.equal((await daybook(path.dirname(root), ['prove', '--check', 'short.json', '--checkpoint', 'last.txt'])).code, 1, 'a checkpoint that it does not reach');
  assert.equal((await daybook(root, ['verify', '--since', '../first.txt', '--since', '../last.txt'])).code, 0);
});

test('a proof says what became of its snapshot up to its checkpoint', async (t) => {
  const root = await newInstance(t, { 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}approval: required\n` });
  const checked = async (): Promise<string> => {
    await daybook(root, ['prove', 'good@2026-01-07.v1', '--out', '../proof.json']);
    await writeFile(path.join(root, '../kept.txt'), await readFile(path.join(root, 'snapshots/ledger/checkpoint')));
    const { code, out } = await daybook(root, ['prove', '--check', '../proof.json', '--checkpoint', '../kept.txt']);
    assert.equal(code, 0);
    return out;
  };
  await refresh(root);
  assert.match(await checked(), /^ {2}held: by this checkpoint nobody had approved it, and readers had not seen it$/m);
  const decide = async (...words: string[]): Promise<string> => {
    await git(root, 'checkout', '-q', '-B', words.join('').slice(2) || 'approve', 'main');
    await daybook(root, ['approve', 'good@2026-01-07', ...words]);
    await commit(root, 'Decide');
    await refresh(root, [], { now: '2026-01-08T08:00:00Z' });
    return checked();
  };
  assert.match(await decide(), /^ {2}approved 2026-01-08T07:00:00Z by Person <person@example\.org>$/m);
  assert.match(await decide('--reject'), /^ {2}rejected 2026-01-08T07:00:00Z by Person <person@example\.org>: readers never saw it$/m);
});

test('a pull request that touches snapshots/ is refused, and told what to do', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  await git(root, 'switch', '-q', '-c', 'proposal');
  await write(root, { 'reports/team/good.md': 'Read it so.' });
  await commit(root, 'Words');
  await git(root, 'switch', '-q', 'main');
  await refresh(root, [], { now: '2026-01-09T07:00:00Z' });
  await git(root, 'switch', '-q', 'proposal');
  await git(root, 'merge', '-q', '-m', 'From main', 'main');
  const well = await daybook(root, ['verify', '--range', 'main..HEAD']);
  assert.deepEqual([well.code, well.out], [0, 'main..HEAD changes nothing below snapshots/.\n']);

  await write(root, { 'snapshots/2026/01/07/v1/team/good.csv': 'day\n', 'snapshots/a\n::add-mask::x,y.csv': 'day\n' });
  await commit(root, 'Corrected by hand');
  const bad = await daybook(root, ['verify', '--range', 'main..HEAD']);
  assert.equal(bad.code, 1);
  assert.match(bad.text, /changed: snapshots\/2026\/01\/07\/v1\/team\/good.csv[^]*git restore --source=\$\(git merge-base main HEAD\)[^]*the next version/);
  assert.match((await daybook(root, ['verify', '--range', 'main..HEAD'], { env: { GITHUB_ACTIONS: 'true' } })).out, /^::error file=snapshots[^\n]*\n::error file=snapshots\/a%0A%3A%3Aadd-mask%3A%3Ax%2Cy\.csv::snapshots\/ is written by the job alone\n$/);
  await git(root, 'restore', `--source=${await git(root, 'merge-base', 'main', 'HEAD')}`, '--staged', '--worktree', '--', 'snapshots');
  await commit(root, 'As told');
  assert.equal((await daybook(root, ['verify', '--range', 'main..HEAD'])).code, 0);
  await git(root, 'update-index', '--add', '--cacheinfo', `100644,${await git(root, 'rev-parse', 'HEAD:daybook.yml')},Snapshots/2026/x.csv`);
  await git(root, 'commit', '-qm', 'The same folder, on some machines');
  assert.match((await daybook(root, ['verify', '--range', 'main..HEAD'])).out, /changed: Snapshots\/2026\/x\.csv/);
  for (const folder of ['\u017fnapshots', 'snap\u200bshots', 'SNAPSH~1']) {
    await git(root, 'reset', '-q', '--hard', 'HEAD~1');
    await git(root, 'update-index', '--add', '--cacheinfo', `100644,${await git(root, 'rev-parse', 'HEAD:daybook.yml')},${folder}/2026/x.csv`);
    await git(root, 'commit', '-qm', 'By another name');
    assert.equal((await daybook(root, ['verify', '--range', 'main..HEAD'])).code, 1, folder);
  }
  assert.equal((await daybook(root, ['verify', '--range', 'nonsense'])).code, 3);
  assert.equal((await daybook(root, ['verify', '--range', 'absent..HEAD'])).code, 2);
});

test('slots that the schedule promised and nobody explains are a warning', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  const later = await daybook(root, ['verify', '--unanchored', '--json'], { now: '2026-01-12T07:00:00Z' });
  const { layers } = JSON.parse(later.out) as { layers: { id: string; status: string; findings: { message: string; file: string }[] }[] };
  const schedule = layers.find(({ id }) => id === 'schedule')!;
  assert.deepEqual([later.code, schedule.status, schedule.findings[0]!.file], [0, 'warning', 'reports/team/good.yml']);
  assert.match(schedule.findings[0]!.message, /nothing was entered since 2026-01-09T06:00Z/);
});

test('a layer that fails is not told as if it held', async (t) => {
  const root = await copyOfLedger(t);
  await edit(root, ROWS, (text) => text.replace('2\n', '7\n'));
  await commitAll(root);
  const said = await daybook(root, ['verify', '--unanchored']);
  assert.equal(said.code, 1);
  assert.match(said.out, /^\S+, commit [0-9a-f]{40}: what is committed, whatever lies in the folder\n/);
  assert.match(said.out, /^BAD  snapshots {3}Does not hold: Every snapshot is the one that the ledger names/m);
  assert.match(said.out, /^ok   ledger {6}Entries: /m);
});
