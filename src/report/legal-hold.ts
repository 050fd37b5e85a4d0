import { readYaml } from './yaml.ts';

/** Whether a report's text says `legal_hold: true`, whatever else stands in it; null where it cannot be read. */
export function legalHoldOf(text: string): boolean | null {
  try {
    const value = readYaml(text, 'report.yml').value as { legal_hold?: unknown } | null;
    if (value === null || typeof value !== 'object') return null;
    const { legal_hold: hold = false } = value;
    return typeof hold === 'boolean' ? hold : null;
  } catch {
    return null;
  }
}
