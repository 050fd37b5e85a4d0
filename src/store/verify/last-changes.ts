import { pipeGit } from '../git.ts';
import type { Evidence } from './clone.ts';

/** When each file below reports/ was last changed, ISO 8601, as its commit says. */
export async function lastChanges(evidence: Evidence): Promise<Map<string, string>> {
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
