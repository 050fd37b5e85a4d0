import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { GateResult } from '../../src/analysis/gate/gates.ts';
import type { Range } from '../../src/store/changed-files.ts';
import { readBlob } from '../../src/store/history.ts';
import type { Repository } from '../../src/store/repository.ts';

const PACKAGES = 'package-lock.json';
const ENGINE_PACKAGE = 'node_modules/@duckdb/node-api';

/**
 * A change of the engine can change every number, and cannot be run here: its code would be the proposal's. Null where both
 * sides name the same version.
 */
export async function engineGate(repository: Repository, { base, head }: Range): Promise<GateResult | null> {
  const before = engineIn(await readBlob(repository, base, PACKAGES));
  const after = engineIn(head === null ? await readFile(path.join(repository.cwd, PACKAGES)).catch(() => null) : await readBlob(repository, head, PACKAGES));
  if (before === after) return null;
  return {
    gate: 'code', level: 'block', status: 'not-run', subject: 'engine', waiver: null,
    expected: 'both sides are run by the engine that they name',
    actual: `${before ?? 'none'} → ${after ?? 'none'}: every report may be affected, and none was run by the new one; on a branch of your own, npx daybook verify --rebuild all tells`,
  };
}

/** The version in a text of npm’s, which is anybody’s. */
function engineIn(bytes: Uint8Array | null): string | null {
  try {
    const { packages } = JSON.parse(Buffer.from(bytes ?? '').toString()) as { packages?: { [name: string]: { version?: unknown } } };
    const version = packages?.[ENGINE_PACKAGE]?.version;
    return typeof version === 'string' ? version.slice(0, 40) : null;
  } catch {
    return null;
  }
}
