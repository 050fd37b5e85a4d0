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
  const add = (subject: string, path: string, who: readonly string[]): void => {
    if (PATTERN.test(path)) owners.set(path, new Set([...(owners.get(path) ?? []), ...who]));
    else notes.push(`${subject}: CODEOWNERS cannot name ${path}; use letters, digits, dots, hyphens and underscores.`);
  };
  const sorted = [...reports].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, owner, file, approved } of sorted) {
    const named = namesIn(owner);
    if (named.length === 0) notes.push(`${id}: “${owner}” is neither a handle such as @team/data nor an address, so nobody is asked for a review.`);
    const stem = file.replace(/\.ya?ml$/, '');
    if (named.length > 0) for (const path of [`${stem}.*`, ...(approved ? [`${stem}.approvals/`] : [])]) add(id, path, named);
  }
  for (const [query, readers] of Map.groupBy(sorted, (report) => report.query)) {
    // Whoever names the query of another report must not become one of those who may approve changes of its numbers.
    const isShared = readers.length > 1 && admins.length > 0;
    const named = isShared ? admins : readers.flatMap(({ owner }) => namesIn(owner));
    if (named.length > 0) add(readers.map(({ id }) => id).join(', '), query, named);
    if (readers.length > 1) notes.push(`${readers.map(({ id }) => id).join(', ')}: of their one query ${query}, ${isShared ? 'the admins are asked for a review' : 'any of their owners may approve a change; with --admins, these are asked'}.`);
  }
  const lines = [
    BEGIN,
    ...[...owners].map(([path, who]) => `/${path} ${[...who].join(' ')}`),
    ...(admins.length === 0 ? [] : GUARDED.map((path) => `${path} ${admins.join(' ')}`)),
    END,
  ];
  return { text: within(before, lines.join('\n')), notes };
}

/** Empty where one of them is no owner that a host knows. */
function namesIn(owner: string): string[] {
  const named = owner.split(/[\s,]+/).filter(Boolean);
  return named.every(isOwner) ? named : [];
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
