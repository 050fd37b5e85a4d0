/** What is checked, in the order in which it is told: each rests on those before it. */
export const LAYERS = {
  repository: 'The clone is whole: not shallow, not partial, nothing grafted in',
  objects: 'Git’s own check: every object is what its name says, and none is missing',
  tree: 'Only plain files at known places below snapshots/',
  ledger: 'Entries: one form, one chain, no gap, time never goes back',
  snapshots: 'Every snapshot is the one that the ledger names: none changed, missing or extra',
  checkpoint: 'The checkpoint is the ledger’s end',
  signature: 'The checkpoint is signed by the key of daybook.yml',
  history: 'Git’s history only ever added: no commit and no merge changed or removed a file, but those that its entry retires',
  approvals: 'What people decided is a file that the commit named has',
  personal: 'Rows with personal data are outside of Git, each as the ledger names it',
  erasures: 'Rows were erased only where they might be, and by an entry that says why',
  changes: 'What entries say of changed rows is what the rows say',
  rebuild: 'Kept results come out again from committed SQL and recorded inputs',
  schedule: 'Every time that the schedules promised was run, or is entered as missed',
  anchor: 'Something outside of this repository vouches for the ledger',
} as const;

export type LayerId = keyof typeof LAYERS;

/** `warning`: worth a question, and no sign of tampering. */
type Status = 'sound' | 'warning' | 'tampered' | 'cannot-tell' | 'not-checked';

/** One thing that does not fit. */
export interface Finding {
  message: string;
  /** From the instance's root. */
  file: string | null;
  /** Of the ledger entry that it is about. */
  sequence: number | null;
  commit: string | null;
}

export interface Layer {
  id: LayerId;
  status: Status;
  /** What was checked, or why it was not, in one sentence. */
  detail: string;
  findings: Finding[];
}

/** Something that does not fit, and what is known of where. */
export function finding(message: string, { file = null, sequence = null, commit = null }: Partial<Omit<Finding, 'message'>> = {}): Finding {
  return { message, file, sequence, commit };
}

/** What came of a check: sound without findings, else `bad`. */
export function layer(id: LayerId, detail: string, findings: Finding[] = [], bad: Status = 'tampered'): Layer {
  return { id, status: findings.length > 0 ? bad : 'sound', detail, findings };
}

/** A check that was not made: it is no proof either way. */
export function notChecked(id: LayerId, why: string): Layer {
  return { id, status: 'not-checked', detail: why, findings: [] };
}

/** 1 where anything was tampered with, 2 where something cannot be told, else 0. */
export function exitCode(layers: Layer[]): 0 | 1 | 2 {
  if (layers.some(({ status }) => status === 'tampered')) return 1;
  return layers.some(({ status }) => status === 'cannot-tell') ? 2 : 0;
}
