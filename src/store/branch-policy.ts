import { DaybookError } from '../error.ts';
import { reportSchema, type KeepSpec } from '../report/schema.ts';
import { readYaml } from '../report/yaml.ts';
import { definitionPaths } from './erasure.ts';
import { readBlobs } from './history.ts';
import { failed } from './personal-rows.ts';
import type { Repository } from './repository.ts';
import type { Attempted, KeepRequest, Policy } from './request.ts';
import { retainUntil } from './retain.ts';

type DefinitionPolicy = Pick<Policy, 'approvers' | 'retain'> & { personal: boolean };

/**
 * The request as the branch allows it. A job may have run an older definition than the branch has by now, or one that
 * nobody has committed: readers see what it made only after the approvals that either of the two asks for, rows that the
 * branch calls personal do not come into Git, and rows are retained for as long as either says.
 */
export async function boundByBranch(repository: Repository, commit: string, request: KeepRequest): Promise<KeepRequest> {
  const reports = [...new Set(request.attempts.flatMap(({ kind, report }) => (kind === 'result' ? [report] : [])))];
  const asked = await askedAt(repository, commit, reports);
  if (asked.size === 0) return request;
  const policies = new Map(request.policies);
  const time = request.time.toISOString();
  for (const [report, { approvers, retain }] of asked) {
    const own = policies.get(report) ?? { approvers: 0, keep: null, retain: null };
    policies.set(report, { ...own, approvers: Math.max(own.approvers, approvers), retain: longer(own.retain, retain, time) });
  }
  return { ...request, policies, attempts: request.attempts.map((attempt) => (asked.get(attempt.report)?.personal ? salted(attempt) : attempt)) };
}

/** Of two spans, the one that ends later; counted from a time, since months differ. */
function longer(a: string | null, b: string | null, time: string): string | null {
  return a === null || (b !== null && retainUntil(time, b) > retainUntil(time, a)) ? b : a;
}

/**
 * What may leave the work tree by the reports' rules and by the branch's: no more than either of the two lets go. Where
 * the branch has no such report, its own rule holds.
 * @param rules of reports that have something to let go
 */
export async function rulesOfBranch(repository: Repository, commit: string, rules: ReadonlyMap<string, KeepSpec>): Promise<Map<string, KeepSpec>> {
  const bound = new Map(rules);
  const files = filesOf([...rules.keys()]);
  for (const [index, bytes] of (await readBlobs(repository, commit, files.map(({ path }) => path))).entries()) {
    const { report } = files[index]!;
    const own = bound.get(report);
    if (bytes === null || own === undefined) continue;
    const rule = ruleIn(bytes.toString());
    if (rule === null) bound.delete(report);
    else bound.set(report, widest(own, rule));
  }
  return bound;
}

/** Null where a definition has no rule, or cannot be read: then everything stays. */
function ruleIn(text: string): KeepSpec | null {
  try {
    const { keep } = (readYaml(text, 'report.yml').value ?? {}) as { keep?: unknown };
    return reportSchema.shape.keep.safeParse(keep).data ?? null;
  } catch {
    return null;
  }
}

/** Saying more in `keep` never lets more go. */
function widest(a: KeepSpec, b: KeepSpec): KeepSpec {
  const more = (one: number | 'all', other: number | 'all'): number | 'all' => (one === 'all' || other === 'all' ? 'all' : Math.max(one, other));
  return { daily: more(a.daily, b.daily), monthly: more(a.monthly ?? 0, b.monthly ?? 0), yearly: more(a.yearly ?? 0, b.yearly ?? 0) };
}

function salted(attempt: Attempted): Attempted {
  if (attempt.kind !== 'result' || attempt.salt !== undefined) return attempt;
  const place = { file: definitionPaths(attempt.report)[0] };
  return failed(attempt, new DaybookError('personal-store', 'its definition on the branch says that columns hold personal data, and the one that was run does not', place, 'The next job runs it again.'));
}

/** By report: those whose definitions ask for anything. */
async function askedAt(repository: Repository, commit: string, reports: readonly string[]): Promise<Map<string, DefinitionPolicy>> {
  const files = filesOf(reports);
  const asked = new Map<string, DefinitionPolicy>();
  for (const [index, bytes] of (await readBlobs(repository, commit, files.map(({ path }) => path))).entries()) {
    const found = bytes && askedIn(bytes.toString());
    if (found && (found.personal || found.approvers > 0 || found.retain !== null)) asked.set(files[index]!.report, found);
  }
  return asked;
}

function filesOf(reports: readonly string[]): { report: string; path: string }[] {
  return reports.flatMap((report) => definitionPaths(report).map((path) => ({ report, path })));
}

/** What a definition asks for, whatever else stands in it; null where it cannot be read, so that no job can run it either. */
export function askedIn(text: string): DefinitionPolicy | null {
  // There are thousands, and few that ask.
  if (!/approval|personal|retain/.test(text)) return null;
  try {
    const { approval, retain, columns, dimensions } = (readYaml(text, 'report.yml').value ?? {}) as { [key in 'approval' | 'retain' | 'columns' | 'dimensions']?: unknown };
    const { approvers = approval === undefined ? 0 : 1 } = (Object(approval) as { approvers?: unknown });
    const personal = [columns, dimensions].some((named) => Object.values(Object(named) as object).some((one: unknown) => (Object(one) as { personal?: unknown }).personal === true));
    return { approvers: approvers === 0 || approvers === 2 ? approvers : 1, retain: reportSchema.shape.retain.safeParse(retain).data ?? null, personal };
  } catch {
    return null;
  }
}
