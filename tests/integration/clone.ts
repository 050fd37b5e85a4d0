import { cp, symlink, appendFile } from 'node:fs/promises';
import path from 'node:path';
import { code, git } from './instance.ts';

/** What a clone of Daybook holds besides reports, data and snapshots. */
const OWN = ['.gitignore', '.gitattributes', 'package.json', 'astro.config.mjs', 'tsconfig.json', 'src', 'scripts', '.github/refresh.sh', '.github/verify.sh'];

/** Puts Daybook's own code into an instance, as in a clone after `npm ci`: packages are shared by a link. */
export async function addCode(root: string): Promise<void> {
  for (const name of OWN) await cp(path.join(code, name), path.join(root, name), { recursive: true });
}

export async function addPackages(root: string): Promise<void> {
  await symlink(path.join(code, 'node_modules'), path.join(root, 'node_modules'));
  await appendFile(path.resolve(root, await git(root, 'rev-parse', '--git-path', 'info/exclude')), 'node_modules\n');
}
