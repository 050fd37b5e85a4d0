/** What kind of change a query has seen, from the most harmless on; `unknown`: more than one of these, or none that is known. */
export const SQL_CLASSES = ['same', 'format', 'ordering', 'projection', 'filter', 'aggregation', 'join', 'unknown'] as const;
export type SqlClass = (typeof SQL_CLASSES)[number];

export interface SqlDifference {
  classes: SqlClass[];
  /** Lines of a unified difference, with three lines around; of query and macros that the report reaches. */
  lines: string[];
}
