import { DaybookError } from '../error.ts';
import { aggregatesOf, parseMetric, type Expression } from './metric.ts';
import { didYouMean } from './near.ts';
import type { Instance, Metric, Report, Source } from './report.ts';
import { laxReview } from './review-check.ts';
import { scheduleProblem } from './schedule.ts';
import type { ReportSpec } from './schema.ts';
import type { Path, YamlDocument } from './yaml.ts';

interface Written {
  id: string;
  file: string;
  spec: ReportSpec;
  query: { file: string; sql: string };
  narrative: string | null;
  document: YamlDocument;
}

interface Surroundings {
  instance: Instance;
  sources: ReadonlyMap<string, Source>;
  /** Of sources that are not in `sources`. */
  problems: readonly DaybookError[];
}

/** Where the definition of a source may stand. */
export function sourceFiles(name: string): string[] {
  return [`queries/sources/${name}.yml`, `queries/sources/${name}.yaml`];
}

/** What the schema cannot say: names that must exist, expressions, limits. The report, or every problem. */
export function checkReport(written: Written, { instance, sources, problems: others }: Surroundings): Report | DaybookError[] {
  const { spec, document } = written;
  const problems: DaybookError[] = [];
  const problem = (code: DaybookError['code'], message: string, path: Path, hint?: string): void => {
    problems.push(new DaybookError(code, message, document.locate(path), hint));
  };
  const known = (word: string, words: Iterable<string>, path: Path, kind: string): void => {
    const all = [...words];
    if (!all.includes(word)) problem(kind === 'source' ? 'source-unknown' : 'wrong-value', `there is no ${kind} "${word}"${didYouMean(word, all)}`, path, all.length > 0 ? `Known: ${all.slice(0, 20).join(', ')}.` : undefined);
  };

  known(spec.team, Object.keys(instance.teams), ['team'], 'team');
  spec.sources.forEach((name, i) => {
    const broken = sources.has(name) ? undefined : sourceFiles(name).find((file) => others.some(({ place }) => place.file === file));
    if (broken === undefined) known(name, sources.keys(), ['sources', i], 'source');
    else problem('source-unknown', `the source "${name}" cannot be read`, ['sources', i], `Repair ${broken}.`);
  });
  const schedule = { catch_up: instance.defaults.catch_up, timezone: instance.defaults.timezone, ...spec.schedule };
  const wrong = scheduleProblem(schedule);
  if (wrong) problem('wrong-value', wrong.message, ['schedule', wrong.key]);
  spec.charts.forEach((chart, i) => {
    known(chart.y, Object.keys(spec.metrics), ['charts', i, 'y'], 'metric');
    for (const part of ['x', 'by'] as const) if (chart[part] !== undefined) known(chart[part], Object.keys(spec.dimensions), ['charts', i, part], 'dimension');
    if (!chart.x && !spec.time && chart.by) problem('wrong-value', 'a line for each value needs `time` in the report', ['charts', i, 'by']);
  });
  const personal = personalOf(spec);
  if (personal.length > 0 && instance.personal_store === undefined) problem('personal-store', `column "${personal[0]}" is personal, and daybook.yml has no \`personal_store\``, [spec.columns[personal[0]!]?.personal ? 'columns' : 'dimensions', personal[0]!]);
  if (spec.review) for (const lax of laxReview(spec.review, instance.review, Object.keys(spec.metrics))) problem('wrong-value', lax.message, ['review', ...lax.path], lax.hint);
  if ('as_of' in spec.parameters) problem('wrong-value', '$as_of is given by the job', ['parameters', 'as_of'], 'Give the parameter another name.');

  return problems.length > 0 ? problems : finish(written, schedule, instance);
}

function finish(written: Written, schedule: Report['schedule'], instance: Instance): Report | DaybookError[] {
  const { spec, document } = written;
  const problems: DaybookError[] = [];
  const personal = personalOf(spec);
  const metrics: Metric[] = Object.entries(spec.metrics).flatMap(([name, metric]) => {
    try {
      const expression = parseMetric(metric.value);
      refuseValues(expression, personal);
      return [{ ...metric, name, expression }];
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error;
      problems.push(new DaybookError(error.code, error.message, document.locate(['metrics', name, 'value']), error.hint));
      return [];
    }
  });
  const most = instance.limits;
  const limits = { seconds: Math.min(instance.defaults.seconds, most.seconds), memory_mb: Math.min(instance.defaults.memory_mb, most.memory_mb), rows: most.rows, bytes: most.bytes, ...spec.limits };
  for (const [key, value] of Object.entries(spec.limits)) {
    const maximum = most[key as keyof typeof limits];
    if (value !== undefined && value > maximum) problems.push(new DaybookError('wrong-value', `${value} is over the instance’s maximum of ${maximum}`, document.locate(['limits', key]), 'Ask for less, or raise `limits` in daybook.yml.'));
  }
  const { id, file, query, narrative } = written;
  const { approval, ...rest } = spec;
  const approvers = approval === undefined ? 0 : approval === 'required' ? 1 : approval.approvers;
  return problems.length > 0 ? problems : { ...rest, id, file, query, narrative, schedule, metrics, limits, approvers, personal };
}

/** Columns that say something of a person, each once: then rows are kept outside of Git. */
export function personalOf({ dimensions, columns }: ReportSpec): string[] {
  const named = [...Object.entries(dimensions), ...Object.entries(columns)].flatMap(([name, { personal }]) => (personal ? [name] : []));
  return [...new Set(named)];
}

/** Manifests stay for good, metrics in them: they may count people, and not say what is true of one. */
function refuseValues(expression: Expression, personal: readonly string[]): void {
  const names = new Set(personal.map((name) => name.toLowerCase()));
  const found = aggregatesOf(expression).find(({ fn, column }) => column !== null && names.has(column.toLowerCase()) && fn !== 'count' && fn !== 'count_distinct');
  if (found) throw new DaybookError('metric-syntax', `${found.fn}() of "${found.column}", which is personal, would keep values of it for good`, {}, 'Use count() or count_distinct() of a personal column.');
}
