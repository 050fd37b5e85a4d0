import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { approvalPath, readApproval } from '../../src/snapshot/approval.ts';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import { readCheckpoint } from '../../src/snapshot/checkpoint.ts';
import { decodeCsv, encodeCsv } from '../../src/snapshot/csv.ts';
import { entryDigest, readEntry, type Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState } from '../../src/snapshot/ledger-state.ts';
import { dataDigest, readManifest } from '../../src/snapshot/manifest.ts';
import { judge, parseVerifierKey } from '../../src/snapshot/note.ts';
import { asEntry, asManifest } from '../../src/store/verify/shape.ts';

const page = await readFile(path.resolve(import.meta.dirname, '../../src/site/pages/docs/formats.md'), 'utf8');

/** Examples of a language below a heading, with their last line feed. */
function examples(heading: string, language: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading))!;
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text!);
}

const [csv] = examples('Rows', 'csv') as [string];
const manifest = readManifest(examples('Manifest', 'json')[0]!, 'manifest');
const entries: Entry[] = examples('Entry', 'json').map((text) => readEntry(text, 'entry'));

test('the examples of the formats are what Daybook reads, and their digests agree', () => {
  const { names, rows } = decodeCsv(Buffer.from(csv));
  assert.equal(encodeCsv(names, rows).toString(), csv);
  assert.deepEqual([manifest.rows.sha256, manifest.rows.bytes, manifest.rows.count], [digestBytes(csv), Buffer.byteLength(csv), rows.length]);
  assert.deepEqual([manifest.inputs_digest, manifest.data], [digestJson(manifest.inputs), dataDigest(manifest)]);
  assert.equal(asManifest(manifest).problem, null);
  const [kept] = entries[0]!.kept;
  assert.deepEqual([kept!.manifest, kept!.rows, kept!.data], [digestJson(manifest), manifest.rows.sha256, manifest.data]);
});

test('the entries of the page are one chain, and its checkpoint is their end, signed by its key', () => {
  for (const entry of entries) assert.equal(asEntry(entry).problem, null);
  const state = entries.reduce(applyEntry, emptyState());
  const [text] = examples('Checkpoint', 'text') as [string];
  const [, key] = examples('Checkpoint', 'text') as [string, string];
  const checkpoint = readCheckpoint(text);
  assert.deepEqual([checkpoint.sequence, checkpoint.head], [state.sequence, entryDigest(entries.at(-1)!)]);
  assert.equal(judge(checkpoint.note, parseVerifierKey(key.trim())), 'signed');
  const good = state.reports.get('team/good')!;
  assert.deepEqual([good.versions.get('2026-01-07')![0]!.standing, good.versions.get('2026-01-07')![0]!.retired?.files.length], ['published', 2]);
  assert.equal(state.reports.get('team/people')!.versions.get('2026-01-07')![0]!.erased?.ticket, 'DPO-17');
});

test('the approval of the page fits the held snapshot; every list of an entry has its example or its row', () => {
  const [text] = examples('Approval', 'json') as [string];
  const before = applyEntry(emptyState(), entries[0]!).reports.get('team/good')!.versions.get('2026-01-07')![0]!;
  const file = approvalPath({ report: 'team/good', asOf: '2026-01-07', version: 1 });
  assert.equal(readApproval(text, file, before).decision, 'approved');
  const shown = new Set(entries.flatMap((entry) => Object.keys(entry)));
  for (const list of ['changes', 'attributed', 'held', 'decided', 'retired', 'erased']) {
    assert.match(page, new RegExp(`^\\| \`${list}\` \\|`, 'm'));
    assert.ok(shown.has(list) || list === 'attributed', list);
  }
});
