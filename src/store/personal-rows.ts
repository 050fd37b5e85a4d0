import { DaybookError } from '../error.ts';
import type { LedgerState } from '../snapshot/ledger-state.ts';
import type { Attempted, KeepRequest, PersonalPlace, PersonalRows } from './request.ts';

/** Rows that could not be written, and why. */
interface Unwritten {
  rows: PersonalRows;
  error: DaybookError;
}

/**
 * Writes rows with personal data where they belong. Those of a job that is stopped then are written again by the next:
 * nothing names them yet.
 * @param state of the ledger that the entry will stand on
 * @param since its sequence when the rows were made: those made before an erasure of their as-of have the salt that is
 * destroyed with it, perhaps in the next moment and on another machine
 * @throws `personal-store` where there is no place at all
 */
export async function writeRows(place: PersonalPlace | null, { reports }: LedgerState, all: readonly PersonalRows[], since: number): Promise<Unwritten[]> {
  if (all.length === 0) return [];
  if (!place) throw new DaybookError('personal-store', 'rows with personal data have nowhere to go', { file: 'daybook.yml', key: 'personal_store' });
  const unwritten: Unwritten[] = [];
  for (const rows of all) {
    const { report, asOf } = rows.name;
    try {
      const isErased = reports.get(report)?.versions.get(asOf)?.some(({ erased }) => erased !== null && erased.sequence > since);
      if (isErased) throw new DaybookError('personal-store', `the salt of ${report}@${asOf} was erased while its rows were made`, {}, 'Run the job again.');
      await place.write([rows]);
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error;
      unwritten.push({ rows, error });
    }
  }
  return unwritten;
}

/** A store that is full stops the reports that need it, and no other. */
export function withoutRows(request: KeepRequest, unwritten: readonly Unwritten[]): KeepRequest {
  const attempts = request.attempts.map((attempt) => {
    const found = unwritten.find(({ rows: { name, digest } }) => attempt.kind === 'result' && attempt.report === name.report && attempt.asOf === name.asOf && attempt.result.rows.sha256 === digest);
    return found ? failed(attempt, found.error) : attempt;
  });
  return { ...request, attempts };
}

/** The attempt as one that came to nothing. Its inputs stay unknown to the ledger, so that the next job runs it. */
export function failed({ report, slot, requested, definition, ...attempt }: Attempted, error: DaybookError): Attempted {
  const { milliseconds, attempts } = attempt.kind === 'result' ? attempt : { milliseconds: 0, attempts: 1 };
  return { report, slot, requested, definition, kind: 'failure', error, inputs: null, milliseconds, attempts };
}
