import { truncate } from '../error.ts';
import type { Report } from '../report/report.ts';
import { code, codeBlock } from './markdown.ts';

/** A report that a pull request adds, changes or removes. */
export interface ProposedReport {
  id: string;
  change: 'added' | 'changed' | 'deleted';
  /** Null where it is gone. */
  report: Pick<Report, 'title' | 'description' | 'owner' | 'schedule'> | null;
  /** What its author has left to decide. */
  decide?: readonly string[];
}

/** Of what is listed; the rest is counted. */
const MOST = 20;
const LONGEST = 1_000;
const MOST_DECIDED = 10;

const VERBS = { added: 'Add', changed: 'Change', deleted: 'Remove' } as const;

/** One line that says what is proposed. @param sources names, @param others how many other files of definitions; both where no report is */
export function proposalTitle(reports: readonly Pick<ProposedReport, 'id' | 'change'>[], sources: readonly string[], others: number): string {
  const [first, ...rest] = reports;
  if (first) {
    const verbs = [...new Set(reports.map(({ change }) => VERBS[change]))];
    const verb = verbs.map((one, index) => (index === 0 ? one : one.toLowerCase())).join(' and ');
    return rest.length === 0 ? `${verb} report ${first.id}` : `${verb} ${reports.length} reports`;
  }
  if (others === 0 && sources.length === 1) return `Change source ${sources[0]}`;
  return others + sources.length === 1 ? 'Change a definition' : `Change ${others + sources.length} definitions`;
}

/** What a pull request says. All that the files say is code: see markdown.ts. @param files all that it changes */
export function proposalBody(reports: readonly ProposedReport[], files: readonly string[]): string {
  const told = reports.slice(0, MOST).map(({ id, change, report, decide = [] }) => {
    if (!report) return `**${VERBS[change]}** ${code(id)}`;
    const { title, description, owner, schedule: { cron, timezone } } = report;
    return `**${VERBS[change]}** ${code(id)}: ${code(truncate(title, LONGEST))}\n\n${code(truncate(description, LONGEST))}\n\nIt runs on ${code(cron)} (${code(timezone)}), and ${code(truncate(owner, LONGEST))} answers for it.${decideText(decide)}`;
  });
  const more = reports.length > MOST ? [`and ${reports.length - MOST} more reports.`] : [];
  const added = reports.some(({ change }) => change === 'added');
  return `${[...told, ...more, fileBlock(files), ...(reports.length > 0 ? [checklist(added)] : [])].join('\n\n')}\n`;
}

function decideText(decide: readonly string[]): string {
  if (decide.length === 0) return '';
  const more = decide.length > MOST_DECIDED ? [`- and ${decide.length - MOST_DECIDED} more, at the top of its YAML`] : [];
  return `\n\nTo decide, before or after the merge:\n\n${[...decide.slice(0, MOST_DECIDED).map((one) => `- ${code(truncate(one, LONGEST))}`), ...more].join('\n')}`;
}

/** A code block of paths, one a line, and how many more there are. */
export function fileBlock(files: readonly string[]): string {
  const shown = files.slice(0, 5 * MOST);
  return codeBlock(files.length > shown.length ? [...shown, `and ${files.length - shown.length} more`] : shown);
}

/** What a reviewer of a report looks at. @param added it is new @param last what else there is to say of its review */
export function checklist(added: boolean, last = ''): string {
  const items = [
    'The query asks what the title says, and the owner answers for it.',
    ...(added ? ['Key, time, metrics and checks are right, and so are the reasons beside them; `better` and `target` are set where there is one.'] : []),
    `The review of this pull request passes.${last === '' ? '' : ` ${last}`}`,
  ];
  return items.map((item) => `- [ ] ${item}`).join('\n');
}
