import type { Expression } from './metric.ts';
import type { InstanceSpec, MetricSpec, ReportSpec, SourceSpec } from './schema.ts';

/** A metric with its expression parsed. */
export interface Metric extends MetricSpec {
  name: string;
  expression: Expression;
}

export interface Parameters {
  [name: string]: string | number | boolean;
}

/** What is asked: one report, checked and with every default filled in. */
export interface Report extends Omit<ReportSpec, 'metrics' | 'query' | 'schedule' | 'limits' | 'approval'> {
  id: string;
  /** The YAML file, relative to the root. */
  file: string;
  query: { file: string; sql: string };
  schedule: { cron: string; timezone: string; catch_up: 'last' | 'all' | 'none' };
  metrics: Metric[];
  /** Seconds, megabytes, rows and bytes, within the instance's maximum. */
  limits: { seconds: number; memory_mb: number; rows: number; bytes: number };
  /** People who have to approve a result before readers see it; 0: nobody. */
  approvers: number;
  /** Columns that say something of a person, in the order of the file. */
  personal: string[];
  /** Markdown, or null where there is none. */
  narrative: string | null;
}

export interface Source extends SourceSpec {
  name: string;
  file: string;
}

/** SQL of one `CREATE MACRO` file in queries/macros/. */
export interface MacroFile {
  file: string;
  sql: string;
}

export type Instance = InstanceSpec;
