import { archiveEnd } from '../../src/analysis/facts/report-facts.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Parameters, Report } from '../../src/report/report.ts';
import { lastSlot, requestedAsOf } from '../../src/report/schedule.ts';
import type { Ask } from '../../src/review/onboard/profile.ts';
import type { Runner } from '../../src/run/runner.ts';
import { decodeCsv } from '../../src/snapshot/csv.ts';

interface Probed {
  id: string;
  sources: string[];
  cron: string;
  parameters?: Parameters;
}

/** SELECTs about what a query returns, run as the report's own query would be: in its sandbox, within its limits. */
export function probe(runner: Runner, { instance, sources }: Pick<Definitions, 'instance' | 'sources'>, { id, sources: read, cron, parameters = {} }: Probed, now: Date): Ask {
  const { defaults, limits } = instance;
  const schedule = { cron, timezone: defaults.timezone, catch_up: defaults.catch_up };
  const slot = lastSlot(schedule, now) ?? now;
  return async (sql) => {
    const report: Report = {
      id, file: `reports/${id}.yml`, title: id, team: '', owner: '', description: '', query: { file: `queries/${id}.sql`, sql }, sources: read, schedule,
      as_of: 'scheduled', parameters, key: [], sort: [], dimensions: {}, columns: {}, metrics: [], charts: [], checks: [{ rows: { min: 0 }, level: 'error' }],
      limits: { seconds: limits.seconds, memory_mb: defaults.memory_mb, rows: limits.rows, bytes: limits.bytes }, approvers: 0, personal: [], narrative: null, legal_hold: false,
    };
    const requested = requestedAsOf(schedule, slot);
    const ends = archiveEnd(report, sources);
    const outcome = await runner.run(report, ends !== null && requested > ends ? ends : requested, slot);
    if (outcome.kind === 'failure') throw outcome.error;
    return { columns: outcome.result.columns, rows: decodeCsv(outcome.csv).rows };
  };
}
