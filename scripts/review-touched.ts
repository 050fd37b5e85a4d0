import path from 'node:path';
import type { Touched } from '../src/analysis/gate-change.ts';
import type { ChangedFile } from '../src/store/change.ts';
import { filesOf } from './files.ts';
import type { Change } from './review-change.ts';

/** What runs, or says how: nothing of it is run in a review, and nobody has looked at it yet. */
const CODE = /^(\/|\.|(src|scripts|tests|node_modules)\/|(package(-lock)?|npm-shrinkwrap|tsconfig[^/]*)\.json$|[^/]*\.config\.[cm]?[jt]s$)|\.([cm]?[jt]sx?|astro|sh|bash|py|node|wasm)$/;
const DEFINITION = /^(daybook\.yml$|reports\/|queries\/)/;

/** What a change touches besides definitions, told by its paths alone. */
export async function touchedBy(change: Change): Promise<Touched> {
  const { files, base, head } = change;
  const patterns = [...base.definitions.sources.values()].flatMap((source) => [source.files].flat());
  const isRead = (file: string): boolean => patterns.some((pattern) => pattern === file || path.matchesGlob(file, pattern));
  const here = (await filesOf(head.folder)).map((file) => path.relative(head.folder, file).split(path.sep).join('/'));
  const known = change.range.head === null ? [] : here;
  const twins = new CaseTwins([...known, ...files.filter(({ change: what }) => what !== 'deleted').map((file) => file.path)]);
  const strange = files.flatMap((file) => {
    const reason = strangeness(file, twins, change.range.head === null ? null : new Set(here));
    return reason === null ? [] : [{ path: file.path, reason }];
  });
  const others = files.map((file) => file.path).filter((file) => !strange.some((one) => one.path === file));
  return { data: others.filter(isRead), files: strange, code: others.filter((file) => !isRead(file) && !DEFINITION.test(file) && CODE.test(file)), policy: policyOf(change) };
}

/** Why a file is none that a proposal may have. @param read definitions that were read; null: all that are there */
function strangeness({ path: file, kind, change: what }: ChangedFile, twins: CaseTwins, read: ReadonlySet<string> | null): string | null {
  if (file.startsWith('snapshots/')) return 'the job alone writes there';
  if (kind === 'link') return 'a symbolic link';
  if (kind === 'submodule') return 'a submodule';
  if (what === 'deleted') return null;
  const twin = twins.of(file);
  if (twin !== null) return `it differs from ${twin} by case alone`;
  const isUnread = read !== null && DEFINITION.test(file) && /\.(ya?ml|sql|md)$/i.test(file) && !read.has(file);
  return isUnread ? 'not read: its name or its size is that of no definition' : null;
}

/** Files and folders that some machines take for one. */
class CaseTwins {
  readonly #spellings = new Map<string, Set<string>>();

  constructor(files: readonly string[]) {
    for (const place of files.flatMap(placesOf)) {
      const key = place.normalize('NFC').toLowerCase();
      this.#spellings.set(key, (this.#spellings.get(key) ?? new Set()).add(place));
    }
  }

  /** Another spelling of the file, or of a folder that it lies in. */
  of(file: string): string | null {
    for (const place of placesOf(file)) {
      const other = [...(this.#spellings.get(place.normalize('NFC').toLowerCase()) ?? [])].find((one) => one !== place);
      if (other !== undefined) return other;
    }
    return null;
  }
}

/** `a/b/c.yml`, `a/b`, `a` */
function placesOf(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Rules that the head would have otherwise. */
function policyOf({ base, head, proposed }: Change): string[] {
  if (proposed === null) return [];
  const rules = base.definitions.instance;
  const gates = Object.entries(rules.review.gates).flatMap(([gate, level]) => (proposed.review.gates[gate as keyof typeof proposed.review.gates] === level ? [] : [`gates.${gate}`]));
  const own = (['rows_change', 'nulls_change', 'metric_change', 'cost_change', 'backtest', 'waivers'] as const).filter((key) => !same(rules.review[key], proposed.review[key]));
  const others = (['limits', 'source_roots', 'personal_store'] as const).filter((key) => !same(rules[key], proposed[key]));
  const reports = [...base.definitions.reports.values()].flatMap(({ id, file, review }) => {
    const now = head.definitions.reports.get(id);
    return now && !same(review, now.review) ? [`${file}: review`] : [];
  });
  return [...[...gates, ...own].map((key) => `daybook.yml: review.${key}`), ...others.map((key) => `daybook.yml: ${key}`), ...reports];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
