import { DaybookError, ERRORS, type ErrorCode } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Report } from '../../src/report/report.ts';
import { saltedDigest } from '../../src/snapshot/canonical.ts';
import type { LedgerState } from '../../src/snapshot/ledger-state.ts';
import { finishErasures, openPersonalStore, type PersonalStore } from '../../src/store/personal.ts';
import type { Attempted } from '../../src/store/request.ts';
import type { World } from '../world/world.ts';

/** Null where the instance names none. A problem is that of the reports that need it, not of the others. */
export async function openStore({ root, env }: Pick<World, 'root' | 'env'>, { instance }: Pick<Definitions, 'instance'>): Promise<PersonalStore | DaybookError | null> {
  if (instance.personal_store === undefined) return null;
  try {
    return await openPersonalStore(root, instance.personal_store, env);
  } catch (cause) {
    if (cause instanceof DaybookError) return cause;
    throw cause;
  }
}

/** Finishes erasures that a kill cut short. @returns what was done, in sentences */
export async function repairStore(store: PersonalStore | DaybookError | null, ledger: LedgerState): Promise<string[]> {
  return store === null || store instanceof DaybookError ? [] : finishErasures(store, ledger);
}

/**
 * Attempts as the ledger may have them: results with personal data are known by a salted digest and fail where there is
 * no store for them; what an engine says of such data is left out, and what a check found in a result that has to be
 * approved.
 */
export async function guardAttempts(attempts: readonly Attempted[], { reports }: Pick<Definitions, 'reports'>, store: PersonalStore | DaybookError | null): Promise<Attempted[]> {
  const sensitive = sourcesWithPersonal(reports.values());
  const guarded: Attempted[] = [];
  for (const attempt of attempts) {
    const report = reports.get(attempt.report);
    const isPersonal = report !== undefined && report.personal.length > 0;
    const quotes = isPersonal || report?.sources.some((name) => sensitive.has(name));
    const salted = isPersonal ? await saltAttempt(attempt, store) : attempt;
    const isOpen = (report?.approvers ?? 0) === 0;
    guarded.push(quotes ? withoutValues(salted) : isOpen ? salted : withoutNumbers(salted));
  }
  return guarded;
}

/** Rows are known by a digest that is keyed by the salt of their as-of. */
export async function saltAttempt(attempt: Attempted, store: PersonalStore | DaybookError | null): Promise<Attempted> {
  if (attempt.kind !== 'result') return attempt;
  const { report, slot, requested, definition, inputs, milliseconds, attempts } = attempt;
  try {
    if (store === null) throw new DaybookError('personal-store', 'daybook.yml does not say where rows with personal data are kept', { file: 'daybook.yml', key: 'personal_store' });
    if (store instanceof DaybookError) throw store;
    const salt = await store.saltOf(attempt.report, attempt.asOf);
    const rows = { ...attempt.result.rows, sha256: saltedDigest(salt, attempt.csv) };
    return { ...attempt, salt, result: { ...attempt.result, rows } };
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error;
    return { report, slot, requested, definition, kind: 'failure', error, inputs, milliseconds, attempts };
  }
}

/** Sources that a report with personal data reads: another report of them can quote the same rows where it fails. */
function sourcesWithPersonal(reports: Iterable<Report>): Set<string> {
  return new Set([...reports].filter(({ personal }) => personal.length > 0).flatMap(({ sources }) => sources));
}

/** What these say is written by Daybook, of names and numbers of rows alone. */
const PLAIN: ReadonlySet<ErrorCode> = new Set(['source-unknown', 'file-missing', 'file-outside', 'parameter-unknown', 'query-timeout', 'query-memory', 'query-crashed', 'result-too-large', 'result-empty', 'result-column', 'as-of-missing', 'personal-store', 'disk-full', 'write-denied']);

/** The ledger keeps for good what an error says, and an error may quote a row. */
function withoutValues(attempt: Attempted): Attempted {
  if (attempt.kind !== 'failure' || PLAIN.has(attempt.error.code)) return attempt;
  const { code, place, remedy } = attempt.error;
  return { ...attempt, error: new DaybookError(code, `what happened may quote personal data and is left out; ${told(attempt)} ${ERRORS[code]}`, place, remedy) };
}

/** What a failed check found is a number that nobody has approved. */
function withoutNumbers(attempt: Attempted): Attempted {
  if (attempt.kind !== 'failure' || attempt.error.code !== 'check-failed') return attempt;
  const { code, place, remedy } = attempt.error;
  return { ...attempt, error: new DaybookError(code, `what a check found is left out, since nobody has approved it; ${told(attempt)}`, place, remedy) };
}

function told({ report }: Attempted): string {
  return `\`npx daybook run ${report}\` tells it.`;
}
