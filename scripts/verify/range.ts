import { DaybookError, visible, visibleJson } from '../../src/error.ts';
import { changedSnapshots } from '../../src/store/verify/range.ts';
import { property, type World } from '../world/world.ts';

/** Refuses a branch that touches snapshots/: what people propose are definitions. Returns 0 or 1. @throws `wrong-use` where it is no range */
export async function refuseRange(world: World, range: string, json: boolean): Promise<number> {
  if (!/^[^.\s-]\S*?\.{2,3}\S*$/.test(range)) throw new DaybookError('wrong-use', `"${range}" is not a range`, {}, 'Write it as base..head, e.g. origin/main..HEAD.');
  const files = await changedSnapshots(world.root, world.env, range);
  if (json) world.out(visibleJson({ verdict: files.length === 0 ? 'sound' : 'tampered', range, files }));
  else if (files.length === 0) world.out(`${range} changes nothing below snapshots/.`);
  else {
    for (const file of files.slice(0, 20)) {
      world.out(world.env['GITHUB_ACTIONS'] === 'true' ? `::error file=${property(file)}::snapshots/ is written by the job alone` : `changed: ${visible(file)}`);
    }
    if (files.length > 20) world.out(`… and ${files.length - 20} more`);
    world.err(`${range} changes ${files.length} files below snapshots/, which the job alone writes.
  → Take them out of your branch:  git restore --source=$(git merge-base ${range.replace(/\.{2,3}/, ' ')}) --staged --worktree -- snapshots && git commit
  → A wrong number is corrected in the query or its source: after the merge the job keeps the new result as the next version.
  → To see results without committing them: npx daybook run <report>`);
  }
  return files.length === 0 ? 0 : 1;
}
