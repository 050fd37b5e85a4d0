import { ledgerSchema } from './schema.ts';
import { readYaml } from './yaml.ts';

/**
 * The keys that a text of daybook.yml lists, whatever else stands in it: it may be an old one.
 * Null where it cannot be read.
 */
export function ledgerKeysOf(text: string): { key: string; since: number }[] | null {
  try {
    const { value } = readYaml(text, 'daybook.yml');
    const { ledger = {} } = value as { ledger?: unknown };
    return ledgerSchema.parse(ledger).keys;
  } catch {
    return null;
  }
}

/** The name that a text of daybook.yml gives the instance; null where it cannot be read. */
export function instanceNameOf(text: string): string | null {
  try {
    const { instance } = readYaml(text, 'daybook.yml').value as { instance?: unknown };
    return typeof instance === 'string' ? instance : null;
  } catch {
    return null;
  }
}
