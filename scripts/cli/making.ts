import type { Command } from 'commander';
import { parseAsOf, parseCount, collect, type Finish } from './arguments.ts';

/** Commands that make: the job, and what a contributor runs. */
export function makingCommands(program: Command, finish: Finish): void {
  program.command('refresh')
    .description('the job: run what is due, keep the results in one commit, build the site')
    .argument('[reports...]', 'only these, due or not: ids, or unique ends of ids')
    .option('--as-of <time>', 'run for this as-of in place of what is due', parseAsOf)
    .option('--from <time>', 'backfill: the first as-of', parseAsOf)
    .option('--to <time>', 'backfill: the last as-of', parseAsOf)
    .option('--push', 'land the commit on origin; if it has moved, on its new head', false)
    .option('--no-build', 'leave the site as it is')
    .option('--json', 'print the outcome as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook refresh --push                       what the scheduled job runs
  npx daybook refresh flights-daily --as-of 2001-06-30
  npx daybook refresh flights-daily --from 2001-05-01 --to 2001-06-30
A backfill that was stopped goes on where it stopped: what is known is not computed again.`)
    .action(async (reports, options) => finish(async (world) => (await import('../refresh.ts')).refresh(world, reports, options)));

  program.command('run')
    .description('run reports and keep nothing: results stay below .daybook/, and the site shows them as local')
    .argument('[reports...]', 'ids, or unique ends of ids; all where none is named')
    .option('--as-of <time>', 'for this as-of; default: the newest slot of the schedule', parseAsOf)
    .option('--json', 'print the results as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook run flights-daily
  npx daybook run flights-daily --as-of 2001-06-30 --json`)
    .action(async (reports, options) => finish(async (world) => (await import('../run.ts')).run(world, reports, options)));

  program.command('start')
    .description('look around: run what is due without committing, build, serve; of reports that are named: run and show these alone, again at every save')
    .argument('[reports...]', 'work on these: ids, or unique ends of ids')
    .option('--port <number>', 'where to listen on this machine', parseCount, 4321)
    .option('--host <name>', 'the address to listen on', '127.0.0.1')
    .addHelpText('after', `
Examples:
  npx daybook start
  npx daybook start flights-daily      edit its YAML, SQL or text, save, and the open page follows
  npx daybook start --port 8080`)
    .action(async (reports, options) => finish(async (world) => (await import('../start.ts')).start(world, reports, options)));

  program.command('build')
    .description('build the site from what is kept, into dist/')
    .option('--full', 'every page, also unchanged ones', false)
    .addHelpText('after', `
Examples:
  npx daybook build
  npx daybook build --full`)
    .action(async (options) => finish(async (world) => (await import('../build.ts')).build(world, options)));

  program.command('validate')
    .description('check definitions and their SQL without reading data')
    .argument('[reports...]', 'ids, or unique ends of ids; all where none is named')
    .option('--json', 'print the problems as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook validate
  npx daybook validate flights-daily --json`)
    .action(async (reports, options) => finish(async (world) => (await import('../validate.ts')).validate(world, reports, options)));

  program.command('new')
    .description('propose a whole report from a SQL file or a data file: run it, then write its files with reasons')
    .argument('[what...]', 'a SQL or data file, else it is asked for; and the report’s id, e.g. sales/orders; default: the team and the name of the file')
    .option('--sql <file>', 'a SELECT, as the file that is named alone; what it reads and is no source yet is found among the data files below the source roots')
    .option('--data <file>', 'CSV, Parquet, JSON or newline-delimited JSON below a source root; with --sql also table=file; may be repeated', collect, [])
    .option('--title <text>', 'default: from the comment above the query, or the id and the rhythm of the rows')
    .option('--description <text>', 'what it shows and leaves out; default: from that comment, or the numbers and what they are by')
    .option('--team <slug>', 'default: from the id, the folder of the SQL file where a team is called so, or the only one')
    .option('--owner <who>', 'who answers for it; default: that of the team’s other reports, where it is one, else your address in Git')
    .option('--sources <names>', 'what the SQL reads, with commas; default: the tables that it names')
    .option('--schedule <cron>', 'default: from the data’s rhythm')
    .option('--template <name>', 'kpi, weekly; of a data file: milestones, okr, findings, sla, roi', 'kpi')
    .option('--narrative', 'also a text to fill in, beside the report', false)
    .option('--propose', 'then also put it on a branch and open the pull request, as `daybook propose` does', false)
    .option('--yes', 'ask nothing, and take what is suggested', false)
    .option('--dry-run', 'show the files and write none', false)
    .option('--json', 'print files and numbers as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook new                            asks for all, with a suggestion for each; then whether to open the pull request
  npx daybook new late-orders.sql            the same of this file; its data is found
  npx daybook new sales/orders data/orders.csv --owner sales@example.org
  npx daybook new sales/returns --sql returns.sql --data orders=data/2026/o.csv --data reasons=data/r.parquet
  npx daybook new sales/late --sql late.sql --sources orders --dry-run
  npx daybook new plan --data data/milestones.csv --template milestones
Data is found by its name (data/orders.csv for the table orders), else by its columns: the one file with which the query works. Where
several fit, it asks on a terminal, and fails elsewhere. No file is written over; if anything fails, none is written.`)
    .action(async (words, options) => finish(async (world) => (await import('../new.ts')).newReport(world, words, options)));

  program.command('propose')
    .description('reports of the work tree to a pull request: check them, commit them on a branch of their own, push it, open it')
    .argument('[reports...]', 'ids, or unique ends of ids; all that differs below reports/ and queries/ where none is named')
    .option('--dry-run', 'say which branch, files and message, as of the last fetch, and change nothing', false)
    .option('--json', 'print branch, files, commit and pull request as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook propose orders
  npx daybook propose                  all definitions that you have changed
  npx daybook propose --dry-run
It opens the pull request with GITHUB_TOKEN, else by the account that Git or gh is signed in with at GitHub (GITHUB_TOKEN= asks neither);
else it prints where one click does. Nothing else that you have edited or staged is
touched. On another branch than the default one it adds to that, so that a second run brings the pull request up to date. It pushes
where Git does: to \`remote.pushDefault\`, if that is set, which may be a fork; the pull request leads to \`origin\`.

Exit codes: 0 proposed, or nothing to propose; 1 a definition is broken; 2 Git or the host refused; 3 wrong use.`)
    .action(async (reports, options) => finish(async (world) => (await import('../propose.ts')).propose(world, reports, options)));

  program.command('init')
    .description('turn a clone into an empty instance of your own: demo reports, queries and snapshots out, new ledger')
    .requiredOption('--title <text>', 'what the site is called')
    .option('--name <slug>', 'the instance’s name in its ledger; default: from the title')
    .option('--team <slug>', 'the first team', 'team')
    .option('--yes', 'also when reports or data files are not committed', false)
    .addHelpText('after', `
Examples:
  npx daybook init --title "Numbers of the sales team" --team sales`)
    .action(async (options) => finish(async (world) => (await import('../init.ts')).init(world, options)));

  program.command('bench')
    .description('measure each stage on the workload W(N), beside a floor measured in the same run')
    .option('--reports <number>', 'N, also of the instance in review', parseCount, 100)
    .option('--stage <name>', 'in place of W(N): verify, keep, growth, compare, audit, effort, review or clones; may be repeated', collect, [])
    .option('--snapshots <number>', 'how many, in verify, keep and clones', parseCount, 10_000)
    .option('--json', 'as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook bench --reports 1000
  npx daybook bench --stage verify --stage keep --stage growth --stage compare
  npx daybook bench --stage review --reports 1000
  npx daybook bench --stage clones --snapshots 100000`)
    .action(async (options) => finish(async (world) => (await import('../bench.ts')).bench(world, options)));
}
