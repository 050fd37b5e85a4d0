import type { ChangedPart, DefinitionCommit } from '../../src/analysis/attribution/attribution.ts';
import type { Report } from '../../src/report/report.ts';
import { commitsThatChanged } from '../../src/store/definition-commits.ts';
import type { TreePlace } from '../../src/store/definitions-at.ts';

/**
 * Who changed what a report asks between two jobs, newest first; empty where Git does not tell.
 * @param reports its definition before and after, as far as they are known: their queries may be other files
 */
export async function definitionCommits(place: TreePlace, from: string, to: string, id: string, reports: readonly Report[], changed: readonly ChangedPart[]): Promise<DefinitionCommit[]> {
  const yaml = (stem: string): string[] => [`${stem}.yml`, `${stem}.yaml`];
  const sources = changed.includes('reading') ? reports.flatMap((report) => report.sources) : [];
  const queries = changed.includes('query') ? [...(reports.length > 0 ? reports.map(({ query }) => query.file) : [`queries/${id}.sql`]), 'queries/macros'] : [];
  const paths = new Set([...yaml(`reports/${id}`), ...queries, ...sources.flatMap((name) => yaml(`queries/sources/${name}`))]);
  const found = await commitsThatChanged(place, from, to, [...paths]);
  return found.map(({ commit, author, subject }) => ({ commit, author: author.name, time: author.time, subject }));
}
