import type { AuditItem, AuditWords } from './words.ts';

/** Of one item. */
const MOST_LINES = 60;

/** For a terminal; what a terminal would take for a command is for the caller to make visible. */
export function auditText({ title, summary, sections }: AuditWords, most: number): string {
  const told = sections.filter(({ items, empty }) => items.length > 0 || empty !== null);
  return [title, ...summary, ...told.flatMap((section) => ['', section.title, ...(section.items.length === 0 ? [`  ${section.empty}`] : listed(section.items, most))])].join('\n');
}

function listed(items: readonly AuditItem[], most: number): string[] {
  const more = items.length - most;
  return [...items.slice(0, most).flatMap(itemLines), ...(more > 0 ? [`  … and ${more} more; --format json or csv has all`] : [])];
}

function itemLines({ time, report, snapshot, what, lines, commit, entry, alert }: AuditItem): string[] {
  const place = [...(commit === null ? [] : [`commit ${commit.slice(0, 10)}`]), ...(entry === null ? [] : [`entry ${entry}`])].join(', ');
  const name = snapshot ?? report;
  const more = lines.length - MOST_LINES;
  const head = [time, name === null ? null : `${name}:`].filter((part) => part !== null).join('  ');
  return [`${alert ? '! ' : '  '}${[head, what].filter(Boolean).join(' ')}${place === '' ? '' : `  [${place}]`}`, ...lines.slice(0, MOST_LINES).map((text) => `      ${text}`), ...(more > 0 ? [`      … and ${more} more lines; --format html has all`] : [])];
}
