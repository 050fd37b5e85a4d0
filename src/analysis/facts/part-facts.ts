import type { Report } from '../../report/report.ts';
import type { ChartSpec } from '../../report/schema.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { Column, MetricValue } from '../../snapshot/manifest.ts';

/** What a report’s page needs to evaluate its numbers over a part of its rows, which it reads from its download. */
export interface PartFacts {
  /** Metrics that are read from columns that readers have, and the order of the rows in the page. */
  definition: Pick<Report, 'metrics' | 'time' | 'dimensions' | 'sort'>;
  /** Of the charts that the page draws, in their order. */
  charts: ChartSpec[];
  /** Of the download, in its order. */
  columns: Column[];
  asOf: AsOf;
  /** How many rows the download has. */
  rows: number;
  /** Of all rows, as they were published. */
  metrics: MetricValue[];
  /** Columns by whose values a reader may choose. */
  dimensions: Dimension[];
}

export interface Dimension {
  column: string;
  label: string;
  /** In order; null is no value. */
  values: (string | null)[];
}

/** The rows with these values: a column’s name and what it holds. */
export type Choice = ReadonlyMap<string, string | null>;
