import { pipeGit, type GitPlace } from '../git.ts';
import { finding, type Finding } from './layer.ts';

export interface TreeFile {
  mode: string;
  oid: string;
  /** From the instance's root. */
  path: string;
}

const ID = '[a-z0-9-]+(?:/[a-z0-9-]+)*';
const ALLOWED = new RegExp(
  `^snapshots/(?:ledger/(?:checkpoint|\\d{4}/\\d{7,15}\\.json)|\\d{4}/\\d\\d/\\d\\d/(?:t\\d{4}/)?v[1-9]\\d*/${ID}\\.(?:json|csv))$`,
);

/** Everything below snapshots/ at a commit, and beside it what goes by the same name in other letters. */
export async function readTree(place: GitPlace, commit: string, prefix: string): Promise<TreeFile[]> {
  const [above, below] = await Promise.all([
    pipeGit(place, ['ls-tree', '-z', '--full-tree', `${commit}:${prefix.slice(0, -1)}`]),
    pipeGit(place, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', `${prefix}snapshots`]),
  ]);
  const twins = parse(above, '').filter(({ path }) => path !== 'snapshots' && fold(path) === 'snapshots');
  return [...twins, ...parse(below, prefix)];
}

function parse(output: Buffer, prefix: string): TreeFile[] {
  const lines = output.toString().split('\0').filter(Boolean);
  return lines.map((line) => {
    const [mode = '', , oid = ''] = line.slice(0, line.indexOf('\t')).split(' ');
    return { mode, oid, path: line.slice(line.indexOf('\t') + 1 + prefix.length) };
  });
}

/** Most of them: nothing to fold. */
const PLAIN = /^[a-z0-9/.-]+$/;

/** Names that some file systems take for one: other case, other Unicode form. */
function fold(path: string): string {
  if (PLAIN.test(path)) return path;
  return path.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/** What may not be below snapshots/, whatever the ledger says: links, modules, programs, twins, strangers. */
export function judgeTree(files: TreeFile[]): Finding[] {
  const findings: Finding[] = [];
  const folded = new Map<string, string>();
  for (const { mode, path } of files) {
    const twin = folded.get(fold(path));
    folded.set(fold(path), path);
    if (mode !== '100644') findings.push(finding(KINDS[mode] ?? `its mode is ${mode}, not 100644`, { file: path }));
    else if (twin !== undefined) findings.push(finding(`some file systems take it for ${twin}`, { file: path }));
    else if (!ALLOWED.test(path)) findings.push(finding('nothing of this name belongs below snapshots/', { file: path }));
  }
  return findings;
}

const KINDS: { [mode: string]: string } = {
  '120000': 'it is a symbolic link, not a file',
  '160000': 'it is a submodule, not a file',
  '100755': 'it is marked as a program (mode 100755)',
  '040000': 'it is a folder that goes by the name of another',
};

/** A plain file of a name that belongs below snapshots/: what may be read. `judgeTree` tells of the others. */
export function isRegular({ mode, path }: TreeFile): boolean {
  return mode === '100644' && ALLOWED.test(path);
}
