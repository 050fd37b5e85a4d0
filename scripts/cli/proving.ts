import type { Command } from 'commander';
import { fromRoot } from '../world/world.ts';
import { parseCountOrAll, collect, type Finish } from './arguments.ts';

/** Commands for those who trust nobody. */
export function provingCommands(program: Command, finish: Finish): void {
  program.command('verify')
    .description('judge a clone or a bundle, offline: ledger, snapshots, history, signature')
    .argument('[where]', 'a clone, a folder in one, or a file of `git bundle`', '.')
    .option('--since <file>', 'a checkpoint that was kept elsewhere; the ledger must still run through it', collect, [])
    .option('--key <key>', 'the public key, from elsewhere; the checkpoint must be signed by it', collect, [])
    .option('--unanchored', 'accept that nothing outside the repository vouches for its head', false)
    .option('--personal-store <folder>', 'rows with personal data, to be checked too; without it they are told as not checked')
    .option('--replay', 'make the records of changed rows again from the rows and the definitions of then, and compare', false)
    .option('--rebuild [count]', 'run kept snapshots again and compare: a sample of 20, so many, or all', parseCountOrAll)
    .option('--seed <text>', 'with --rebuild: chooses the sample; default: the ledger’s head')
    .option('--range <base..head>', 'only this: a branch that touches snapshots/ is refused')
    .option('--json', 'print the layers as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook verify --since checkpoint.txt        what an auditor runs at each visit
  npx daybook verify reports.bundle --key example+1a2b3c4d+AQ…
  npx daybook verify --rebuild all                 runs every kept query again, where its inputs can be reached
  npx daybook verify --range origin/main..HEAD     what CI runs on a pull request
Exit codes: 0 sound; 1 tampered; 2 cannot tell; 3 wrong use.`)
    .action(async (where, options) => finish(async (world) => (await import('../verify.ts')).verifyRepository(world, where === '.' ? where : fromRoot(world, where), {
      ...options, since: options.since.map((file: string) => fromRoot(world, file)), personalStore: fromRoot(world, options.personalStore),
    })));

  program.command('prove')
    .description('one small file that shows, without the repository, that a snapshot stands under a checkpoint')
    .argument('[snapshot]')
    .option('--out <file>', 'write it there; default: print it')
    .option('--check <file>', 'check a proof; needs no repository')
    .option('--checkpoint <file>', 'a checkpoint from elsewhere: to prove under it, or to check against it', collect, [])
    .option('--key <key>', 'with --check: the public key, from elsewhere', collect, [])
    .option('--rows <file>', 'with --check: a CSV file that should be the snapshot’s rows')
    .addHelpText('after', `
Examples:
  npx daybook prove flights-daily@2001-06-30 --out proof.json
  npx daybook prove --check proof.json --checkpoint checkpoint.txt --rows flights-daily.csv
Exit codes: 0 proven; 1 false; 2 nothing from elsewhere vouches for it; 3 wrong use.`)
    .action(async (snapshot, options) => finish(async (world) => (await import('../prove.ts')).prove(world, snapshot, {
      ...options, out: fromRoot(world, options.out), check: fromRoot(world, options.check), checkpoint: options.checkpoint.map((file: string) => fromRoot(world, file)), rows: fromRoot(world, options.rows),
    })));

  program.command('doctor')
    .description('what the repository costs, how it grows, and whether a limit of the Git host is near')
    .option('--json', 'print all figures as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook doctor
  npx daybook doctor --json
Exit codes: 0 fine; 1 a limit is near or passed; 2 cannot tell: the clone is not whole; 3 wrong use.`)
    .action(async (options) => finish(async (world) => (await import('../doctor.ts')).doctor(world, options)));

  program.command('key')
    .description('make a pair of keys to sign the ledger’s checkpoint; says where each half belongs')
    .option('--name <name>', 'default: the instance’s name')
    .addHelpText('after', `
Examples:
  npx daybook key`)
    .action(async (options) => finish(async (world) => (await import('../instance/signing.ts')).key(world, options)));
}
