import type { Command } from 'commander';
import { JOB_AUTHOR } from '../../src/review/comment.ts';
import { fromRoot } from '../world/world.ts';
import { parseCount, type Finish } from './arguments.ts';

/** Commands around a proposal: to make one without a clone, and to look at one. */
export function askingCommands(program: Command, finish: Finish): void {
  program.command('onboard')
    .description('an issue form to a pull request, as the workflow onboard.yml runs it: first read and run, then propose')
    .option('--event <file>', 'the first step: what the Git host says of the issue, as JSON')
    .option('--out <file>', 'where that step writes the report, or what is wrong with the form')
    .option('--propose <file>', 'the second step: what the first has written')
    .option('--issue <number>', 'the issue that it has to be about', parseCount)
    .option('--edited-by <login>', 'who has edited the issue, as the Git host says it; empty: nobody')
    .option('--as <login>', 'the account that speaks in the issue; where it is an app’s, the host starts the review by itself', JOB_AUTHOR)
    .addHelpText('after', `
Examples:
  npx daybook onboard --event event.json --out answer.json      runs the query; needs no token
  npx daybook onboard --propose answer.json --issue 12          opens the pull request; runs nothing`)
    .action(async (options) => finish(async (world) => (await import('../onboard.ts')).onboard(world, options)));

  program.command('serve')
    .description('serve a site that is built: dist/, or the files of a preview')
    .argument('[folder]', 'default: dist')
    .option('--port <number>', 'where to listen on this machine', parseCount, 4321)
    .option('--host <name>', 'the address to listen on', '127.0.0.1')
    .addHelpText('after', `
Examples:
  gh run download 123456 --name preview --dir preview && npx daybook serve preview
  npx daybook serve`)
    .action(async (folder, options) => finish(async (world) => (await import('../serve-folder.ts')).serveFolder(world, fromRoot(world, folder), options)));
}
