import type { Parameters } from '../../report/report.ts';

/**
 * What somebody should know of an import. `note`: it was carried over another way. `decide`: the report is written
 * and runs, and a person has to look at this. `block`: the report is not written until this is settled.
 */
export interface ImportFinding {
  kind: 'note' | 'decide' | 'block';
  /** Below the folder that is imported, with forward slashes. */
  file: string;
  line: number;
  what: string;
  /** What to do; empty for notes. */
  remedy: string;
}

/** A finding that occurs on several lines. */
export interface FoundLines extends Omit<ImportFinding, 'line'> {
  lines: number[];
}

/** One for each thing that was found in a file. */
export function joinLines(findings: readonly ImportFinding[]): FoundLines[] {
  const groups = Map.groupBy(findings, ({ kind, file, what }) => `${kind}\n${file}\n${what}`);
  return [...groups.values()].map((all) => {
    const { kind, file, what, remedy } = all[0]!;
    return { kind, file, what, remedy, lines: [...new Set(all.map(({ line }) => line))] };
  });
}

/** `pages/sales.md:12, 30` */
export function placeText({ file, lines }: FoundLines): string {
  return `${file}:${lines.slice(0, 8).join(', ')}${lines.length > 8 ? ' …' : ''}`;
}

/** What a component of a page shows of a query. */
export interface ShownComponent {
  component: string;
  attributes: ReadonlyMap<string, string>;
  /** `<Column>`s within a table. */
  columns: ReadonlyMap<string, string>[];
  line: number;
}

/** A report that is to be made, before its query has been run. */
export interface PlannedReport {
  /** Its id without the team: segments with slashes. */
  name: string;
  title: string;
  description: string | null;
  from: { file: string; line: number };
  /** The page that shows it; of a folder of SQL, the file. */
  page: string;
  sql: string;
  /** Sources of Daybook that the SQL reads. */
  sources: string[];
  parameters: Parameters;
  narrative: string | null;
  shown: ShownComponent[];
  /** Dates in the result are no history of it. */
  timeless: boolean;
  findings: ImportFinding[];
}

export interface ImportPlan {
  reports: PlannedReport[];
  /** What belongs to no report that is made. */
  findings: ImportFinding[];
}

/** The texts of a folder that is imported, by path. */
export type Texts = ReadonlyMap<string, string>;

/** Where a table of the old home is found here, with what is to be done where a person has to look at that; or why not, `isOpen` where nothing but its data is missing. */
export type Resolved = { source: string; note?: string; remedy?: string } | { what: string; remedy: string; isOpen?: true };

/** @param schema what stands before the point, or null */
export type Resolve = (schema: string | null, table: string) => Resolved;
