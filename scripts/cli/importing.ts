import type { Command } from 'commander';
import { collect, type Finish } from './arguments.ts';

/** Brings what a team has elsewhere. */
export function importingCommands(program: Command, finish: Finish): void {
  program.command('import')
    .description('make reports of a folder of SQL files, or of the pages of an Evidence project; list what a person has to decide')
    .argument('<folder>', 'the folder; nothing in it is run but its SELECTs, in the sandbox')
    .option('--team <slug>', 'whose they are; default: of SQL files, the folder that is called as a team is; else the only team')
    .option('--owner <who>', 'who answers for them; default: that of the team’s other reports, where it is one, else your address in Git')
    .option('--from <kind>', 'sql or evidence; default: evidence where the folder has pages/')
    .option('--data <table=file>', 'the data file of a table, where none is found by name or columns; may be repeated', collect, [])
    .option('--propose', 'then also put what was imported on one branch and open the pull request, as `daybook propose` does', false)
    .option('--yes', 'ask nothing, and take what is suggested', false)
    .option('--dry-run', 'write nothing', false)
    .option('--json', 'print what was made and what is open as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook import ../mine --propose              ../mine/sales/*.sql belong to the team sales
  npx daybook import ../old/queries --team sales --owner sales@example.org
  npx daybook import ../evidence-project --team sales --dry-run
No file is written over; a report is written whole, or not at all. What is there already stays, and what is new comes.
Exit codes: 0 all imported or there already; 1 some need a decision, or failed; 3 wrong use.`)
    .action(async (folder, options) => finish(async (world) => (await import('../import.ts')).importReports(world, folder, options)));
}
