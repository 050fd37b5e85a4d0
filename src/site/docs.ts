import { DOCS } from './paths.ts';

interface DocsPage {
  href: string;
  text: string;
  description: string;
}

// Not eager: the pages import the layout that imports this list.
const files = import.meta.glob<{ frontmatter: { title: string; description?: string; order?: number } }>('./pages/docs/*.md');

const GENERATED: DocsPage[] = [
  { href: `${DOCS}reference/`, text: 'Reference', description: 'Every key of daybook.yml, reports and sources.' },
  { href: `${DOCS}errors/`, text: 'Errors', description: 'Every error code: what to do about it.' },
];

/** The pages of the documentation: those in Markdown by their `order`, then the generated ones. */
export async function docsPages(): Promise<DocsPage[]> {
  const read = await Promise.all(Object.entries(files).map(async ([path, load]) => [path, await load()] as const));
  const written = read
    .sort(([, a], [, b]) => (a.frontmatter.order ?? 99) - (b.frontmatter.order ?? 99) || a.frontmatter.title.localeCompare(b.frontmatter.title, 'en'))
    .map(([path, { frontmatter }]) => ({
      href: `${DOCS}${path.slice('./pages/docs/'.length, -'.md'.length)}/`,
      text: frontmatter.title,
      description: frontmatter.description ?? '',
    }));
  return [{ href: DOCS, text: 'Overview', description: '' }, ...written, ...GENERATED];
}
