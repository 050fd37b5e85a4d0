import type { Command } from 'commander';
import { count, type Finish } from './arguments.ts';

/** Commands that read what is kept, and say it. */
export function readingCommands(program: Command, finish: Finish): void {
  program.command('list')
    .description('reports with their last as-of, last run and next slot')
    .option('--json', 'as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook list
  npx daybook list --json`)
    .action(async (options) => finish(async (world) => (await import('../list.ts')).list(world, options)));

  program.command('show')
    .description('a kept snapshot: <report>@<as-of>[.v<N>]; with <report> alone, all of them')
    .argument('<snapshot>')
    .option('--rows', 'print the rows as CSV', false)
    .option('--json', 'print the manifest as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook show flights-daily
  npx daybook show flights-daily@2001-06-30
  npx daybook show flights-daily@2001-06-30.v1 --rows`)
    .action(async (snapshot, options) => finish(async (world) => (await import('../show.ts')).show(world, snapshot, options)));

  program.command('compare')
    .description('what differs between two kept snapshots: columns, rows, metrics; with <report> alone, between its last two')
    .argument('<base>', '<report>@<as-of>[.v<N>], or a report')
    .argument('[head]', '<report>@<as-of>[.v<N>]')
    .option('--limit <number>', 'most rows to list of each kind', count, 10)
    .option('--json', 'print the comparison as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook compare flights-daily
  npx daybook compare flights-daily@2001-06-29 flights-daily@2001-06-30
  npx daybook compare flights-daily@2001-06-30.v1 flights-daily@2001-06-30.v2 --json

Exit codes: 0 equal; 1 different; 2 incomparable, or cannot tell; 3 wrong use.`)
    .action(async (base, head, options) => finish(async (world) => (await import('../compare.ts')).compare(world, base, head, options)));
}
