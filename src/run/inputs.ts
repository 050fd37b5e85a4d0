import type { MacroFile, Metric, Report } from '../report/report.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import { digestJson, type Digest } from '../snapshot/canonical.ts';
import type { Inputs, SourceInput } from '../snapshot/manifest.ts';
import { ENGINE } from './engine.ts';

/** Everything that can change the result of a run; equal inputs have equal results. */
export function inputsOf(report: Report, macros: readonly MacroFile[], requested: AsOf, sources: SourceInput[]): Inputs {
  return {
    report: report.id,
    definition: dataDefinition(report),
    query: queryDigest(report, macros),
    parameters: { ...report.parameters, as_of: requested },
    sources,
    engine: ENGINE,
  };
}

/** What people wrote that can change a result, in one digest: definition, query, macros and parameters, without the data. */
export function definitionDigest(report: Report, macros: readonly MacroFile[]): Digest {
  return digestJson({ definition: dataDefinition(report), query: queryDigest(report, macros), parameters: report.parameters, sources: report.sources });
}

/**
 * The part of the definition that changes rows, metrics or checks. Titles, labels, formats, targets,
 * charts, `sort` and `dimensions` are how a result is shown. Limits can only make a run fail, and a
 * failed run is not kept; the schedule names the as-of, which stands among the parameters.
 */
export function dataDefinition({ key, as_of, time, metrics, checks }: Pick<Report, 'key' | 'as_of' | 'time' | 'checks'> & { metrics: readonly Pick<Metric, 'name' | 'value'>[] }): Digest {
  return digestJson({ key, as_of, time, checks, metrics: metrics.map(({ name, value }) => ({ name, value })) });
}

/** Line endings are the checkout's, not the author's. All macros count: which ones a query reaches is the engine's to know. */
export function queryDigest({ query }: Pick<Report, 'query'>, macros: readonly MacroFile[]): Digest {
  const text = (sql: string): string => sql.replaceAll('\r\n', '\n');
  return digestJson({ query: text(query.sql), macros: macros.map(({ file, sql }) => ({ file, sql: text(sql) })) });
}
