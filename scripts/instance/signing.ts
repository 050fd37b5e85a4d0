import { loadInstance } from '../../src/report/load.ts';
import type { Instance } from '../../src/report/report.ts';
import { readEntries } from '../../src/snapshot/checkout.ts';
import { keyFor, signerFor } from '../../src/snapshot/checkpoint.ts';
import { makeKey, parseSignerKey, type SignerKey } from '../../src/snapshot/note.ts';
import type { World } from '../world/world.ts';

/** The one place where the private key is: the environment of the job. */
const SIGNING_KEY = 'DAYBOOK_SIGNING_KEY';

/**
 * The key that signs the next checkpoint, found before anything is run; null where the ledger is unsigned.
 * @throws `key-missing`, `key-broken`
 */
export function signingKey(world: World, { ledger: { keys } }: Instance, sequence: number): SignerKey | null {
  const text = world.env[SIGNING_KEY];
  const own = text === undefined || text === '' ? null : parseSignerKey(text);
  signerFor(keys, own, sequence);
  if (own && keyFor(keys, sequence) === null) world.err(`${SIGNING_KEY} is set, and daybook.yml names no key for entry ${sequence}: the checkpoint stays unsigned.`);
  return own;
}

/** Makes a pair of keys and says where each half belongs. Returns the exit code. */
export async function key(world: World, { name }: { name?: string | undefined }): Promise<number> {
  const instance = loadInstance(world.root);
  const next = (readEntries(world.root).at(-1)?.sequence ?? 0) + 1;
  const pair = makeKey(name ?? instance.instance);
  world.out(`Public half: add it to daybook.yml, below the keys that are there (they stay), and merge it when no job runs:

ledger:
  keys:
${[...instance.ledger.keys, { key: pair.verifier, since: next }].map((one) => `    - { key: "${one.key}", since: ${one.since} }`).join('\n')}

Private half: shown this once, and kept nowhere. Put it into the secret ${SIGNING_KEY} of the job (on GitHub:
Settings → Secrets and variables → Actions), before the public half is merged:

${pair.signer}

Give the public half to your auditors by another way than this repository: npx daybook verify --key ${pair.verifier}`);
  return 0;
}
