import type { Command } from 'commander';
import { fromRoot } from '../world/world.ts';
import { parseCount, type Finish } from './arguments.ts';

/** What a pull request does to the numbers. */
export function reviewingCommands(program: Command, finish: Finish): void {
  program.command('review')
    .description('what a change does to the numbers: run what it affects before and after, on the same data, and compare')
    .argument('[range]', 'base..head, or a base to compare the work tree with; default: the main branch and the work tree')
    .argument('[reports...]', 'only these: ids, or unique ends of ids')
    .option('--out <folder>', 'write review.json, summary.md and the changed rows there')
    .option('--preview <folder>', 'build the site as it would be there, with a page for each affected report')
    .option('--preview-url <url>', 'where the preview will be published: an address, or a path below that of the site; default: the site’s own')
    .option('--pull <number>', 'the pull request that this is about', parseCount)
    .option('--backtest <number>', 'as-ofs of the past to run a changed report for; default: `review.backtest` of daybook.yml', parseCount)
    .option('--json', 'print the review as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook review                               what nobody has committed yet
  npx daybook review main..my-branch --preview preview
  npx daybook review main..my-branch flights-daily --backtest 60
Exit codes: 0 pass or review; 1 block; 2 incomplete; 3 wrong use.`)
    .action(async (range, reports, options) => finish(async (world) => (await import('../review.ts')).review(world, range, reports, { ...options, out: fromRoot(world, options.out), preview: fromRoot(world, options.preview) })));
}
