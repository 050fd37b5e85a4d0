import { pipeGit } from '../git.ts';
import { readObjects } from '../objects.ts';
import type { Evidence } from './clone.ts';
import type { File } from './ledger.ts';

/** What people wrote, as the commit has it. */
export interface DefinitionFiles {
  files: File[];
  /** When each file below reports/ was last changed, ISO 8601, as its commit says. */
  changed: Map<string, string>;
}

/** Names that can be written anywhere, and lead nowhere else. */
const PLAIN = /^(?!.*(^|\/)\.)[\w./ -]+$/;

export async function readDefinitionFiles(evidence: Evidence): Promise<DefinitionFiles> {
  const folders = ['daybook.yml', 'reports', 'queries'].map((path) => `${evidence.prefix}${path}`);
  const listed = (await pipeGit(evidence, ['ls-tree', '-r', '-z', '--full-tree', evidence.commit, '--', ...folders])).toString().split('\0');
  const found = listed.filter((line) => /^100(644|755) blob /.test(line)).map((line) => ({ oid: line.split(/[ \t]/)[2]!, file: line.slice(line.indexOf('\t') + 1 + evidence.prefix.length) }));
  const plain = found.filter(({ file }) => PLAIN.test(file));
  const files: File[] = [];
  for await (const bytes of readObjects(evidence, plain.map(({ oid }) => oid))) {
    const { file } = plain[files.length]!;
    files.push({ file, bytes: bytes ?? new Uint8Array() });
  }
  return { files, changed: await lastChanges(evidence) };
}

async function lastChanges(evidence: Evidence): Promise<Map<string, string>> {
  const args = ['log', '--first-parent', '-m', '--no-renames', '--name-only', '-z', '--format=%x01%cI', evidence.commit, '--', `:(top,literal)${evidence.prefix}reports`];
  const changed = new Map<string, string>();
  let time = '';
  for (const field of (await pipeGit(evidence, args)).toString().split('\0')) {
    const word = field.trim();
    if (word.startsWith('\u0001')) time = word.slice(1);
    else if (word !== '' && !changed.has(word.slice(evidence.prefix.length))) changed.set(word.slice(evidence.prefix.length), time);
  }
  return changed;
}
