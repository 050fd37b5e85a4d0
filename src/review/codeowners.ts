import { queryFileOf } from '../report/load.ts';

/** What has an owner: a report with its files, relative to the root. */
interface OwnedReport {
  id: string;
  owner: string;
  /** Its definition and its query. */
  file: string;
  query: string;
  /** People approve its results, by files in a folder beside it. */
  approved: boolean;
}

interface Codeowners {
  /** The whole file. */
  text: string;
  /** Reports and files that no line can name, in sentences. */
  notes: string[];
}

export const CODEOWNERS_FILE = '.github/CODEOWNERS';

const BEGIN = '# Begin of what `npx daybook provision` writes from the owners of the reports';
const END = '# End of what `npx daybook provision` writes';

/** What decides, and what runs with the rights of the job. The last line that fits a file counts, so these come last. */
const GUARDED = ['/daybook.yml', '/snapshots/', '/queries/macros/', '/queries/sources/', '/src/', '/scripts/', '/package.json', '/package-lock.json', '/npm-shrinkwrap.json', '/.npmrc', '/astro.config.mjs', '/.github/'] as const;

const HANDLE = /^@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\/[A-Za-z0-9._-]+)?$/;
const ADDRESS = /^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

/** `@user`, `@organization/team` or a mail address: what a host takes in CODEOWNERS. */
export function isOwner(text: string): boolean {
  return HANDLE.test(text) || ADDRESS.test(text);
}

/**
 * The file that asks owners for their review. Lines of people around Daybook's own stay.
 * @param before the file as it is; empty where there is none
 */
export function codeowners(reports: readonly OwnedReport[], admins: readonly string[], before: string): Codeowners {
  const owners = new Map<string, Set<string>>();
  const notes: string[] = [];
  const homes = new Map(reports.filter(({ id, query }) => query === queryFileOf(id)).map(({ id, query }) => [query, id]));
  for (const { id, owner, file, query, approved } of [...reports].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const named = owner.split(/[\s,]+/).filter(Boolean);
    if (named.length === 0 || !named.every(isOwner)) {
      notes.push(`${id}: “${owner}” is neither a handle such as @team/data nor an address, so nobody is asked for a review.`);
      continue;
    }
    const stem = file.replace(/\.ya?ml$/, '');
    // Whoever names the query of another report must not become one of those who may approve changes of its numbers.
    const home = homes.get(query);
    const isLent = home !== undefined && home !== id;
    if (isLent) notes.push(`${id}: its query ${query} is that of ${home}, whose owners alone are asked for a review of it.`);
    for (const path of [`${stem}.*`, ...(approved ? [`${stem}.approvals/`] : []), ...(isLent ? [] : [query])]) {
      if (PATTERN.test(path)) owners.set(path, new Set([...(owners.get(path) ?? []), ...named]));
      else notes.push(`${id}: CODEOWNERS cannot name ${path}; use letters, digits, dots, hyphens and underscores.`);
    }
  }
  const lines = [
    BEGIN,
    ...[...owners].map(([path, who]) => `/${path} ${[...who].join(' ')}`),
    ...(admins.length === 0 ? [] : GUARDED.map((path) => `${path} ${admins.join(' ')}`)),
    END,
  ];
  return { text: within(before, lines.join('\n')), notes };
}

/** Whom a file written before names for what decides. */
export function adminsOf(before: string): string[] {
  const line = partsOf(before).block.split('\n').find((one) => one.startsWith(`${GUARDED[0]} `));
  return line === undefined ? [] : line.split(/\s+/).slice(1).filter(isOwner);
}

/** Other characters mean something in a pattern, and there is no way to write them. */
const PATTERN = /^[A-Za-z0-9._/-]+\*?$/;

function within(before: string, block: string): string {
  const { above, block: old, below } = partsOf(before);
  if (old !== '') return above + block + below;
  return `${above.trim() === '' ? '' : `${above.trimEnd()}\n\n`}${block}\n`;
}

/** The block of Daybook with its marks, empty where it is not whole, and the lines of people around it. */
function partsOf(file: string): { above: string; block: string; below: string } {
  const text = file.replaceAll('\r\n', '\n');
  const end = text.lastIndexOf(END);
  const from = end < 0 ? -1 : text.lastIndexOf(BEGIN, end);
  if (from < 0) return { above: text, block: '', below: '' };
  return { above: text.slice(0, from), block: text.slice(from, end + END.length), below: text.slice(end + END.length) };
}
