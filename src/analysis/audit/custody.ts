import type { AsOf } from '../../snapshot/as-of.ts';
import { entryPath, type Entry } from '../../snapshot/entry.ts';
import type { Version } from '../../snapshot/ledger-state.ts';
import { citation, citationOf, nameOf, pathsOf, type Manifest, type MetricValue } from '../../snapshot/manifest.ts';

const CUSTODY_FORMAT = 'daybook/custody/1';

/** Where one number comes from, from the source's file to the page, each step with how to check it by hand. */
export interface Custody {
  format: typeof CUSTODY_FORMAT;
  snapshot: string;
  report: string;
  as_of: AsOf;
  version: number;
  standing: Version['standing'];
  steps: CustodyStep[];
}

export interface CustodyStep {
  step: 'source' | 'query' | 'rows' | 'metric' | 'manifest' | 'entry' | 'commit' | 'page';
  what: string;
  digest: string | null;
  /** What a look at it now came to: it is as the ledger says, it is another one, or it is not here. */
  found: 'same' | 'other' | 'not here' | null;
  /** A command, or an address. */
  check: string;
}

interface CustodyInput {
  version: Version;
  manifest: Manifest;
  entry: Entry;
  entryDigest: string;
  /** The commit that brought the entry; null where Git could not be asked. */
  commit: string | null;
  /** From the top of the work tree to the instance. */
  prefix: string;
  /** The query at the commit that ran it; null where it is not here. */
  query: { file: string; same: boolean } | null;
  /** By name: how each metric was computed, as the commit that ran it says. */
  expressions: ReadonlyMap<string, string>;
  /** By path: whether the file here has the digest of then; absent where there is none. */
  sources: ReadonlyMap<string, boolean>;
  rows: CustodyStep['found'];
  /** Only this metric. */
  metric: string | null;
  /** Where the site is published. */
  url: string | null;
}

/** Text between single quotes of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** RFC 8785 for documents of this kind: sorted keys, no space between. */
const CANONICAL = 'jq -cSj . | sha256sum';

/** What a number rests on, step by step, each with a command that checks it without Daybook. What was not found is said in its step: nothing throws. */
export function custodyOf(input: CustodyInput): Custody {
  const { version, manifest, entry, entryDigest, commit, prefix, metric, url } = input;
  const name = nameOf(version);
  const paths = pathsOf(name);
  const shown = (file: string): string => quoted(`${commit ?? 'HEAD'}:${prefix}${file}`);
  const metrics = manifest.metrics.filter((one) => metric === null || one.name === metric);
  const anchor = `history/${name.report}/${name.asOf.slice(0, 7)}/#${name.asOf}.v${name.version}`;
  const steps: CustodyStep[] = [
    ...sourceSteps(input),
    queryStep(input),
    { step: 'rows', what: `${paths.rows}: ${manifest.rows.count} rows, ${manifest.rows.bytes} bytes`, digest: version.rows, found: input.rows, check: rowsCheck(input, paths.rows, shown) },
    ...metrics.map((one): CustodyStep => ({ step: 'metric', what: metricWhat(one, input.expressions), digest: null, found: null, check: `git show ${shown(paths.manifest)} | grep -F ${quoted(`"name":${JSON.stringify(one.name)}`)}` })),
    { step: 'manifest', what: `${paths.manifest}: names the digests above`, digest: version.manifest, found: null, check: `git show ${shown(paths.manifest)} | ${CANONICAL}` },
    { step: 'entry', what: `${entryPath(entry)}: entry ${entry.sequence} of ${entry.time} names the manifest; the entry after it names this digest`, digest: entryDigest, found: null, check: `git show ${shown(entryPath(entry))} | ${CANONICAL}` },
    { step: 'commit', what: commit === null ? 'the commit that brought the entry: Git could not be asked' : `commit ${commit} brought the entry`, digest: null, found: commit === null ? 'not here' : null, check: `git log --diff-filter=A --format=%H -- ${quoted(entryPath(entry))}` },
    { step: 'page', what: version.standing === 'published' ? 'the number on the site' : `${version.standing}: readers do not see it as the report’s number`, digest: null, found: null, check: url === null ? `/${anchor}` : new URL(anchor, url.endsWith('/') ? url : `${url}/`).href },
  ];
  return { format: CUSTODY_FORMAT, snapshot: citation(name), report: version.report, as_of: version.as_of, version: version.version, standing: version.standing, steps };
}

function sourceSteps({ manifest, sources }: CustodyInput): CustodyStep[] {
  return manifest.inputs.sources.flatMap(({ name, files }) => files.map(({ path, bytes, sha256 }): CustodyStep => {
    const same = sources.get(path);
    return { step: 'source', what: `${name}: ${path}, ${bytes} bytes`, digest: sha256, found: same === undefined ? 'not here' : same ? 'same' : 'other', check: `sha256sum ${quoted(path)}` };
  }));
}

function queryStep({ query, manifest, entry, prefix }: CustodyInput): CustodyStep {
  const { code } = entry.job;
  if (query === null) return { step: 'query', what: `the query as it was at commit ${code}: not in this clone`, digest: manifest.inputs.query, found: 'not here', check: `git show ${quoted(code)}` };
  return { step: 'query', what: `${query.file} with the macros, as they were at commit ${code}`, digest: manifest.inputs.query, found: query.same ? 'same' : 'other', check: `git show ${quoted(`${code}:${prefix}${query.file}`)}` };
}

function rowsCheck({ version }: CustodyInput, rows: string, shown: (file: string) => string): string {
  if (version.erased) return `they were destroyed (entry ${version.erased.sequence}, ${version.erased.reason}, ticket ${version.erased.ticket})`;
  if (version.rows.startsWith('hmac-')) return `npx daybook show ${quoted(citationOf(version))} --rows (personal data: outside of Git, under a keyed digest)`;
  return `git show ${shown(rows)} | sha256sum`;
}

function metricWhat({ name, value, period }: MetricValue, expressions: ReadonlyMap<string, string>): string {
  const expression = expressions.get(name);
  return `${name} = ${value ?? 'no value'}${period === null ? '' : ` in ${period}`}${expression === undefined ? '' : `: ${expression} of the rows${period === null ? '' : ' of that period'}`}`;
}
