#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, type OutputConfiguration } from 'commander';
import { asKnownError, describe, type ErrorCode } from '../src/error.ts';
import { isAsOf } from '../src/snapshot/as-of.ts';
import { realWorld, type World } from './world.ts';

/** Exit codes everywhere: 0 well, 1 a report failed or a difference was found, 2 cannot tell, 3 wrong use. */
const WRONG_USE = 3;
const CANNOT_TELL = 2;
const WRONG_USES: ReadonlySet<ErrorCode> = new Set(['wrong-use', 'report-unknown', 'report-ambiguous', 'snapshot-unknown', 'no-instance']);

function asOf(text: string): string {
  if (!isAsOf(text)) throw new InvalidArgumentError('write a date such as 2001-06-30, or 2001-06-30T14:00Z');
  return text;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1');
  return Number(text);
}

function gather(text: string, before: string[]): string[] {
  return [...before, text];
}

type Finish = (command: (world: World) => Promise<number>) => Promise<void>;

function commandLine(finish: Finish, output: OutputConfiguration): Command {
  const program = new Command('daybook')
    .description('Recurring reports as code, kept in Git, published as a static site.')
    .addHelpText('after', `
Examples:
  npx daybook refresh                        run what is due, keep it in Git, build the site
  npx daybook refresh flights-daily --from 2001-05-01 --to 2001-06-30
  npx daybook run flights-daily              try one report; nothing is committed
  npx daybook start                          look around: run what is due, build, serve
  npx daybook show flights-daily@2001-06-30  a kept snapshot

Exit codes: 0 well; 1 a report failed; 2 cannot tell; 3 wrong use.`)
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .configureOutput(output);

  program.command('refresh')
    .description('the job: run what is due, keep the results in one commit, build the site')
    .argument('[reports...]', 'only these, due or not: ids, or unique ends of ids')
    .option('--as-of <time>', 'run for this as-of in place of what is due', asOf)
    .option('--from <time>', 'backfill: the first as-of', asOf)
    .option('--to <time>', 'backfill: the last as-of', asOf)
    .option('--push', 'land the commit on origin; if it has moved, on its new head', false)
    .option('--no-build', 'leave the site as it is')
    .option('--json', 'print the outcome as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook refresh --push                       what the scheduled job runs
  npx daybook refresh flights-daily --as-of 2001-06-30
  npx daybook refresh flights-daily --from 2001-05-01 --to 2001-06-30
A backfill that was stopped goes on where it stopped: what is known is not computed again.`)
    .action(async (reports, options) => finish(async (world) => (await import('./refresh.ts')).refresh(world, reports, options)));

  program.command('run')
    .description('run reports and keep nothing: results stay below .daybook/, and the site shows them as local')
    .argument('[reports...]', 'ids, or unique ends of ids; all where none is named')
    .option('--as-of <time>', 'for this as-of; default: the newest slot of the schedule', asOf)
    .option('--json', 'print the results as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook run flights-daily
  npx daybook run flights-daily --as-of 2001-06-30 --json`)
    .action(async (reports, options) => finish(async (world) => (await import('./run.ts')).run(world, reports, options)));

  program.command('start')
    .description('look around: run what is due without committing, build, serve, print the address')
    .option('--port <number>', 'where to listen on this machine', count, 4321)
    .option('--host <name>', 'the address to listen on', '127.0.0.1')
    .addHelpText('after', `
Examples:
  npx daybook start
  npx daybook start --port 8080`)
    .action(async (options) => finish(async (world) => (await import('./start.ts')).start(world, options)));

  program.command('build')
    .description('build the site from what is kept, into dist/')
    .option('--full', 'every page, also unchanged ones', false)
    .addHelpText('after', `
Examples:
  npx daybook build
  npx daybook build --full`)
    .action(async (options) => finish(async (world) => (await import('./build.ts')).build(world, options)));

  program.command('validate')
    .description('check definitions without reading data')
    .argument('[reports...]', 'ids, or unique ends of ids; all where none is named')
    .option('--json', 'print the problems as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook validate
  npx daybook validate flights-daily --json`)
    .action(async (reports, options) => finish(async (world) => (await import('./validate.ts')).validate(world, reports, options)));

  program.command('list')
    .description('reports with their last as-of, last run and next slot')
    .option('--json', 'as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook list
  npx daybook list --json`)
    .action(async (options) => finish(async (world) => (await import('./list.ts')).list(world, options)));

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
    .action(async (snapshot, options) => finish(async (world) => (await import('./show.ts')).show(world, snapshot, options)));

  program.command('verify')
    .description('judge a clone or a bundle, offline: ledger, snapshots, history, signature')
    .argument('[where]', 'a clone, a folder in one, or a file of `git bundle`', '.')
    .option('--since <file>', 'a checkpoint that was kept elsewhere; the ledger must still run through it', gather, [])
    .option('--key <key>', 'the public key, from elsewhere; the checkpoint must be signed by it', gather, [])
    .option('--unanchored', 'accept that nothing outside the repository vouches for its head', false)
    .option('--range <base..head>', 'only this: a branch that touches snapshots/ is refused')
    .option('--json', 'print the layers as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook verify --since checkpoint.txt        what an auditor runs at each visit
  npx daybook verify reports.bundle --key example+1a2b3c4d+AQ…
  npx daybook verify --range origin/main..HEAD     what CI runs on a pull request
Exit codes: 0 sound; 1 tampered; 2 cannot tell; 3 wrong use.`)
    .action(async (where, options) => finish(async (world) => (await import('./verify.ts')).verifyRepository(world, where, options)));

  program.command('prove')
    .description('one small file that shows, without the repository, that a snapshot stands under a checkpoint')
    .argument('[snapshot]')
    .option('--out <file>', 'write it there; default: print it')
    .option('--check <file>', 'check a proof; needs no repository')
    .option('--checkpoint <file>', 'a checkpoint from elsewhere: to prove under it, or to check against it', gather, [])
    .option('--key <key>', 'with --check: the public key, from elsewhere', gather, [])
    .option('--rows <file>', 'with --check: a CSV file that should be the snapshot’s rows')
    .addHelpText('after', `
Examples:
  npx daybook prove flights-daily@2001-06-30 --out proof.json
  npx daybook prove --check proof.json --checkpoint checkpoint.txt --rows flights-daily.csv
Exit codes: 0 proven; 1 false; 2 nothing from elsewhere vouches for it; 3 wrong use.`)
    .action(async (snapshot, options) => finish(async (world) => (await import('./prove.ts')).prove(world, snapshot, options)));

  program.command('key')
    .description('make a pair of keys to sign the ledger’s checkpoint; says where each half belongs')
    .option('--name <name>', 'default: the instance’s name')
    .addHelpText('after', `
Examples:
  npx daybook key`)
    .action(async (options) => finish(async (world) => (await import('./signing.ts')).key(world, options)));

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
    .action(async (base, head, options) => finish(async (world) => (await import('./compare.ts')).compare(world, base, head, options)));

  program.command('init')
    .description('turn a clone into an empty instance of your own: demo reports, queries and snapshots out, new ledger')
    .requiredOption('--title <text>', 'what the site is called')
    .option('--name <slug>', 'the instance’s name in its ledger; default: from the title')
    .option('--team <slug>', 'the first team', 'team')
    .option('--yes', 'also when reports or data files are not committed', false)
    .addHelpText('after', `
Examples:
  npx daybook init --title "Numbers of the sales team" --team sales`)
    .action(async (options) => finish(async (world) => (await import('./init.ts')).init(world, options)));

  program.command('bench')
    .description('measure each stage on the workload W(N), beside a floor measured in the same run')
    .option('--reports <number>', 'N', count, 100)
    .option('--json', 'as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook bench --reports 1000`)
    .action(async (options) => finish(async (world) => (await import('./bench.ts')).bench(world, options)));

  return program;
}

/**
 * One command, from its words to its exit code. What people can act on is printed; anything else is
 * a bug and is thrown.
 */
export async function main(words: string[], worldOf: () => World, output: OutputConfiguration = {}): Promise<number> {
  let code = 0;
  const program = commandLine(async (command) => void (code = await command(worldOf())), output);
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : WRONG_USE;
    const error = asKnownError(cause);
    if (!error) throw cause;
    const text = `${describe(error)}\n`;
    if (output.writeErr) output.writeErr(text);
    else process.stderr.write(text);
    return WRONG_USES.has(error.code) ? WRONG_USE : CANNOT_TELL;
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2), realWorld);
  } catch (bug) {
    // Node would end with 1, which says that a report failed and the others landed.
    process.stderr.write(`${bug instanceof Error ? bug.stack : String(bug)}\nThis is a bug in Daybook.\n`);
    process.exitCode = CANNOT_TELL;
  }
}
