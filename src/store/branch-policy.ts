import { DaybookError } from '../error.ts';
import { readYaml } from '../report/yaml.ts';
import { definitionPaths } from './erasure.ts';
import { readBlobs } from './history.ts';
import { failed } from './personal-rows.ts';
import type { Repository } from './repository.ts';
import type { Attempted, KeepRequest, Policy } from './request.ts';

type Asked = Pick<Policy, 'approvers'> & { personal: boolean };

/**
 * The request as the branch allows it. A job may have run an older definition than the branch has by now, or one that
 * nobody has committed: readers see what it made only after the approvals that either of the two asks for, and rows that
 * the branch calls personal do not come into Git.
 */
export async function boundByBranch(repository: Repository, commit: string, request: KeepRequest): Promise<KeepRequest> {
  const reports = [...new Set(request.attempts.flatMap(({ kind, report }) => (kind === 'result' ? [report] : [])))];
  const asked = await askedAt(repository, commit, reports);
  if (asked.size === 0) return request;
  const policies = new Map(request.policies);
  for (const [report, { approvers }] of asked) {
    const own = policies.get(report) ?? { approvers: 0, keep: null, retain: null };
    policies.set(report, { ...own, approvers: Math.max(own.approvers, approvers) });
  }
  return { ...request, policies, attempts: request.attempts.map((attempt) => (asked.get(attempt.report)?.personal ? salted(attempt) : attempt)) };
}

function salted(attempt: Attempted): Attempted {
  if (attempt.kind !== 'result' || attempt.salt !== undefined) return attempt;
  const place = { file: definitionPaths(attempt.report)[0] };
  return failed(attempt, new DaybookError('personal-store', 'its definition on the branch says that columns hold personal data, and the one that was run does not', place, 'The next job runs it again.'));
}

/** By report: those whose definitions ask for anything. */
async function askedAt(repository: Repository, commit: string, reports: readonly string[]): Promise<Map<string, Asked>> {
  const files = reports.flatMap((report) => definitionPaths(report).map((path) => ({ report, path })));
  const asked = new Map<string, Asked>();
  for (const [index, bytes] of (await readBlobs(repository, commit, files.map(({ path }) => path))).entries()) {
    const found = bytes && askedIn(bytes.toString());
    if (found && (found.personal || found.approvers > 0)) asked.set(files[index]!.report, found);
  }
  return asked;
}

/** What a definition asks for, whatever else stands in it; null where it cannot be read, so that no job can run it either. */
export function askedIn(text: string): Asked | null {
  // There are thousands, and few that ask.
  if (!/approval|personal/.test(text)) return null;
  try {
    const { approval, columns, dimensions } = (readYaml(text, 'report.yml').value ?? {}) as { [key in 'approval' | 'columns' | 'dimensions']?: unknown };
    const { approvers = approval === undefined ? 0 : 1 } = (Object(approval) as { approvers?: unknown });
    const personal = [columns, dimensions].some((named) => Object.values(Object(named) as object).some((one: unknown) => (Object(one) as { personal?: unknown }).personal === true));
    return { approvers: approvers === 0 || approvers === 2 ? approvers : 1, personal };
  } catch {
    return null;
  }
}
