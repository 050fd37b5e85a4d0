import type { ReportCard, SiteFacts } from '../analysis/facts/facts.ts';
import { targetWords } from '../present/headline.ts';
import { formatText, withUnit } from '../present/number.ts';

export interface BoardTeam {
  name: string;
  description: string | null;
  reports: ReportCard[];
  failed: number;
}

/** Reports that the home page shows at once; beyond it each team shows its first ones, and its own page has all. */
const HOME_CARDS = 400;
export const CARDS_PER_PAGE = 200;

/** Cards that the home page gives each team. */
export function shareOf(site: SiteFacts, teams: BoardTeam[]): number {
  return site.reports.length <= HOME_CARDS ? site.reports.length : Math.max(3, Math.floor(HOME_CARDS / teams.length));
}

/** Teams with their reports, in the site's order; teams without a report are left out. */
export function boardOf(site: SiteFacts): BoardTeam[] {
  const byTeam = Map.groupBy(site.reports, ({ team }) => team);
  return [...byTeam].map(([name, reports]) => ({
    name,
    description: site.teams.find((team) => team.name === name)?.description ?? null,
    reports,
    failed: reports.filter(({ status }) => status === 'failed').length,
  }));
}

/** Reports with a number on the wrong side of its target, and each as `On time 66.8%, target 80.0%`, in the site's order. */
export function missedTargets({ reports }: SiteFacts): { report: ReportCard; numbers: string[] }[] {
  const told = reports.map((report) => ({
    report,
    numbers: report.metrics.flatMap((metric) => {
      const target = targetWords(metric);
      return target?.met === false ? [`${metric.label} ${withUnit(formatText(metric.headline!.text, metric.format), metric.unit)}, ${target.aim}`] : [];
    }),
  }));
  return told.filter(({ numbers }) => numbers.length > 0);
}
