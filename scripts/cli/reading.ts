import { Option, type Command } from 'commander';
import { parseCount, parseDay, type Finish } from './arguments.ts';

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
    .description('a kept snapshot, with what leads to its origin: <report>@<as-of>[.v<N>]; with <report> alone, all of them')
    .argument('<snapshot>', 'without a version, the latest that was published')
    .option('--as-published <day>', 'what a reader saw at the end of that day, UTC: of the as-of, or the newest', parseDay)
    .option('--rows', 'print the rows as CSV', false)
    .option('--json', 'print the manifest as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook show flights-daily
  npx daybook show flights-daily@2001-06-30
  npx daybook show flights-daily@2001-06-30.v1 --rows
  npx daybook show flights-daily --as-published 2026-11-30
  npx daybook show flights-daily@2001-06-30 --as-published 2026-11-30 --rows`)
    .action(async (snapshot, options) => finish(async (world) => (await import('../show.ts')).show(world, snapshot, options)));

  program.command('compare')
    .description('what differs between two kept snapshots: columns, rows, metrics; with <report> alone, between its last two')
    .argument('<base>', '<report>@<as-of>[.v<N>], or a report')
    .argument('[head]', '<report>@<as-of>[.v<N>]')
    .option('--limit <number>', 'most rows to list of each kind', parseCount, 10)
    .option('--json', 'print the comparison as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook compare flights-daily
  npx daybook compare flights-daily@2001-06-29 flights-daily@2001-06-30
  npx daybook compare flights-daily@2001-06-30.v1 flights-daily@2001-06-30.v2 --json

Exit codes: 0 equal; 1 different; 2 incomparable, or cannot tell; 3 wrong use.`)
    .action(async (base, head, options) => finish(async (world) => (await import('../compare.ts')).compare(world, base, head, options)));

  program.command('explain')
    .description('where a metric’s move between two snapshots came from: data or definition, which values, whose commit')
    .argument('<metric>', 'a metric’s name')
    .argument('<base>', '<report>@<as-of>[.v<N>], or a report: its last two')
    .argument('[head]', '<report>@<as-of>[.v<N>]')
    .option('--limit <number>', 'most values and rows to list', parseCount, 10)
    .option('--json', 'print the explanation as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook explain flights flights-daily
  npx daybook explain flights flights-daily@2001-06-29 flights-daily@2001-06-30
  npx daybook explain on_time flights-daily@2001-06-30.v1 flights-daily@2001-06-30.v2 --json

Exit codes: 0 explained; 2 cannot tell data from definition; 3 wrong use.`)
    .action(async (metric, base, head, options) => finish(async (world) => (await import('../explain.ts')).explain(world, metric, base, head, options)));

  program.command('audit')
    .description('who changed what: definitions, numbers, approvals, runs of a period; or where one number comes from')
    .option('--from <day>', 'the first day, UTC; default: 30 days up to the last', parseDay)
    .option('--to <day>', 'the last day, UTC; default: that of the newest ledger entry', parseDay)
    .option('--report <report>', 'only this report, its sources and the macros')
    .addOption(new Option('--format <format>', 'for a person, a program, a spreadsheet, or a page that stands alone').choices(['text', 'json', 'csv', 'html'] as const).default('text' as const))
    .option('--all-rows', 'every restated row, also those that the ledger only counts: computed again from the kept rows', false)
    .option('--number <snapshot>', 'in place of a period: the chain of custody of <report>@<as-of>[.v<N>]')
    .option('--metric <name>', 'with --number: only this metric')
    .addHelpText('after', `
Examples:
  npx daybook audit
  npx daybook audit --from 2026-01-01 --to 2026-12-31 --format html > audit-2026.html
  npx daybook audit --report flights-daily --all-rows --format csv > flights.csv
  npx daybook audit --number flights-daily@2001-06-30 --metric on_time

Exit codes: 0 well; 1 with --number: something here is not what the ledger says; 2 cannot tell; 3 wrong use.`)
    .action(async (options) => finish(async (world) => (await import('../audit.ts')).audit(world, options)));
}
