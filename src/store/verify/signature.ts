import type { Digest } from '../../snapshot/canonical.ts';
import { keyFor, type Checkpoint, type LedgerKey } from '../../snapshot/checkpoint.ts';
import { CHECKPOINT_PATH } from '../../snapshot/entry.ts';
import { judge, parseVerifierKey, type VerifierKey } from '../../snapshot/note.ts';
import { finding, layer, notChecked, type Finding, type Layer } from './layer.ts';

/** Whether the key that daybook.yml lists for a sequence has signed. `by`: null where none is listed. */
export function judgeSignature(checkpoint: Checkpoint, keys: readonly LedgerKey[]): { by: string | null; problem: string | null } {
  const listed = keyFor(keys, checkpoint.sequence);
  if (!listed) return { by: null, problem: null };
  const key = parseVerifierKey(listed.key);
  const by = `${key.name}+${key.id}`;
  switch (judge(checkpoint.note, key)) {
    case 'signed':
      return { by, problem: null };
    case 'false':
      return { by, problem: `the signature in the name of ${by} is false` };
    case 'absent': {
      const others = checkpoint.note.signatures.map(({ name, id }) => `${name}+${id}`).join(', ');
      return { by, problem: `it must be signed by ${by}, and ${others === '' ? 'is not signed' : `is signed by ${others}`}` };
    }
  }
}

/** Says nothing of whether the key is to be trusted: see `anchorLayer`. @param keys of daybook.yml; null where it cannot be read */
export function signatureLayer(checkpoint: Checkpoint, keys: readonly LedgerKey[] | null): Layer {
  if (keys === null) return notChecked('signature', 'daybook.yml of this commit cannot be read, so its keys are not known.');
  const { by, problem } = judgeSignature(checkpoint, keys);
  if (by === null) return notChecked('signature', 'This ledger is unsigned: daybook.yml names no key for it.');
  const problems = problem === null ? [] : [finding(problem, { file: CHECKPOINT_PATH, sequence: checkpoint.sequence })];
  return layer('signature', `Signed by ${by}, as daybook.yml lists it.`, problems);
}

export interface Anchors {
  /** Earlier checkpoints that somebody kept outside, with the names of their files. */
  checkpoints: { checkpoint: Checkpoint; file: string }[];
  /** Keys that the auditor has from elsewhere. */
  keys: VerifierKey[];
  /** The auditor knows that nothing vouches for the head, and asks about the rest. */
  unanchored: boolean;
}

/**
 * Whoever can write the history anew can write a whole sound ledger, with a key of their own in
 * daybook.yml: only what came from elsewhere tells the difference.
 */
export function anchorLayer(checkpoint: Checkpoint, digests: ReadonlyMap<number, Digest>, known: Anchors): Layer {
  const findings: Finding[] = [];
  const vouched: string[] = [];
  for (const { checkpoint: old, file } of known.checkpoints) {
    const problem = contradiction(old, checkpoint, digests);
    if (problem) findings.push(finding(`${file}: ${problem}`, { file: CHECKPOINT_PATH, sequence: old.sequence }));
    else vouched.push(`Up to entry ${old.sequence} it is the ledger of ${file}.`);
  }
  const verdicts = known.keys.map((key) => ({ key, verdict: judge(checkpoint.note, key) }));
  for (const { key, verdict } of verdicts) {
    const by = `${key.name}+${key.id}`;
    if (verdict === 'signed') vouched.push(`Its checkpoint is signed by your key ${by}.`);
    if (verdict === 'false') findings.push(finding(`the signature in the name of your key ${by} is false`, { file: CHECKPOINT_PATH, sequence: checkpoint.sequence }));
  }
  if (findings.length === 0 && known.keys.length > 0 && verdicts.every(({ verdict }) => verdict === 'absent')) {
    findings.push(finding('none of your keys has signed it', { file: CHECKPOINT_PATH, sequence: checkpoint.sequence }));
  }
  if (findings.length > 0 || vouched.length > 0) return layer('anchor', vouched.join(' '), findings);
  const why = 'Nothing outside this repository vouches for its head: whoever can force-push could have written all of it anew. Give a checkpoint that was kept (--since) or the public key from elsewhere (--key).';
  return known.unanchored ? notChecked('anchor', why) : { id: 'anchor', status: 'cannot-tell', detail: why, findings: [] };
}

function contradiction(old: Checkpoint, now: Checkpoint, digests: ReadonlyMap<number, Digest>): string | null {
  if (old.instance !== now.instance) return `it is of "${old.instance}", and this ledger is that of "${now.instance}"`;
  if (old.sequence > now.sequence) return `it knew ${old.sequence} entries, and this ledger ends at ${now.sequence}: entries were taken away`;
  if (digests.get(old.sequence) !== old.head) return `it knew another entry ${old.sequence} than this ledger has: that entry or one before it was changed`;
  return null;
}
