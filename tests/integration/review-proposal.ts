import { execFile } from 'node:child_process';
import { ENV, NOW, type Files } from './instance.ts';

/** What a pull request has, by path, in Git's own terms: nothing of it passes through the file system. */
interface Proposal {
  files: Files;
  links: { [path: string]: string };
  submodules: readonly string[];
  modes: { [path: string]: string };
  delete: readonly string[];
  /** Paths that Git makes for nobody, such as `data/../x`. */
  literal: { [path: string]: string };
  /** The commit that it is made upon. */
  upon: string;
}

type Input = string | Uint8Array;

/** @param place a bare repository */
function pipe(place: string, words: string[], input: Input): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const env = { ...ENV, GIT_AUTHOR_NAME: 'P', GIT_AUTHOR_EMAIL: 'p@example.org', GIT_COMMITTER_NAME: 'P', GIT_COMMITTER_EMAIL: 'p@example.org', GIT_AUTHOR_DATE: NOW, GIT_COMMITTER_DATE: NOW };
    const child = execFile('git', words, { cwd: place, env, encoding: 'buffer', maxBuffer: 1 << 28 }, (cause, stdout, stderr) => (cause ? reject(new Error(stderr.toString() || cause.message)) : resolve(stdout)));
    child.stdin!.on('error', () => undefined).end(input);
  });
}

/** Commits a pull request upon `main`, as the branch `pull/<name>`. @throws what Git has against it. */
export async function propose(place: string, name: string, proposal: Proposal): Promise<void> {
  const branch = `refs/heads/pull/${name}`;
  const upon = (await pipe(place, ['rev-parse', proposal.upon], '')).toString().trim();
  const parts: Input[] = [`commit ${branch}\ncommitter P <p@example.org> 1767855600 +0000\ndata 8\nProposal\nfrom ${upon}^0\n`];
  const add = (mode: string, path: string, content: Input): void => {
    const bytes = Buffer.from(content as Uint8Array);
    parts.push(`M ${mode} inline ${quoted(path)}\ndata ${bytes.length}\n`, bytes, '\n');
  };
  for (const path of proposal.delete) parts.push(`D ${quoted(path)}\n`);
  for (const [path, content] of Object.entries(proposal.files)) add(proposal.modes[path] ?? '100644', path, content);
  for (const [path, target] of Object.entries(proposal.links)) add('120000', path, target);
  for (const path of proposal.submodules) parts.push(`M 160000 ${'1'.repeat(40)} ${quoted(path)}\n`);
  await pipe(place, ['fast-import', '--quiet', '--force'], Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
  for (const [path, content] of Object.entries(proposal.literal)) await addLiterally(place, branch, path.split('/'), content);
}

/** As C would write it, which Git reads whatever is in it. */
function quoted(path: string): string {
  return `"${[...Buffer.from(path)].map((byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`)).join('')}"`;
}

async function addLiterally(place: string, branch: string, parts: readonly string[], content: string): Promise<void> {
  const say = async (words: string[], input: Input = ''): Promise<string> => (await pipe(place, words, input)).toString().trim();
  const blob = await say(['hash-object', '-w', '--stdin'], content);
  const treeOf = async (above: string | null, [name = '', ...below]: readonly string[]): Promise<string> => {
    const listed = above === null ? [] : (await pipe(place, ['ls-tree', '-z', above], '')).toString().split('\0').filter(Boolean);
    const entries = listed.map((line) => /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line)!.slice(1) as [string, string, string]);
    const old = entries.find((entry) => entry[2] === name);
    const oid = below.length === 0 ? blob : await treeOf(old?.[1] ?? null, below);
    const all = [...entries.filter((entry) => entry !== old), [below.length === 0 ? '100644' : '40000', oid, name] as const];
    const keyOf = ([mode, , path]: readonly [string, string, string]): Buffer => Buffer.from(mode.replace(/^0/, '') === '40000' ? `${path}/` : path);
    const bytes = all.toSorted((a, b) => Buffer.compare(keyOf(a), keyOf(b))).flatMap(([mode, id, path]) => [Buffer.from(`${mode.replace(/^0/, '')} ${path}\0`), Buffer.from(id, 'hex')]);
    return say(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], Buffer.concat(bytes));
  };
  const root = await treeOf(`${branch}^{tree}`, parts);
  const commit = await say(['commit-tree', root, '-p', 'refs/heads/main', '-m', 'Proposal']);
  await say(['update-ref', branch, commit]);
}
