import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { asKnownError, describe, type ErrorCode } from '../../src/error.ts';
import type { World } from '../world/world.ts';
import type { Finish } from './arguments.ts';
import { askingCommands } from './asking.ts';
import { hostingCommands } from './hosting.ts';
import { importingCommands } from './importing.ts';
import { keepingCommands } from './keeping.ts';
import { makingCommands } from './making.ts';
import { provingCommands } from './proving.ts';
import { readingCommands } from './reading.ts';
import { reviewingCommands } from './reviewing.ts';

/** Exit codes are the same everywhere, as the help below says them. */
const WRONG_USE = 3;
export const CANNOT_TELL = 2;
const WRONG_USES: ReadonlySet<ErrorCode> = new Set(['wrong-use', 'report-unknown', 'report-ambiguous', 'snapshot-unknown', 'no-instance']);

function commandLine(finish: Finish, output: OutputConfiguration): Command {
  const program = new Command('daybook')
    .description('Recurring reports as code, kept in Git, published as a static site.')
    .addHelpText('after', `
Examples:
  npx daybook refresh                        run what is due, keep it in Git, build the site
  npx daybook refresh flights-daily --from 2001-05-01 --to 2001-06-30
  npx daybook run flights-daily              try one report; nothing is committed
  npx daybook start                          look around: run what is due, build, serve
  npx daybook review                         what a change does to the numbers
  npx daybook show flights-daily@2001-06-30  a kept snapshot

Exit codes: 0 well; 1 a report failed, a definition is broken, or a difference was found; 2 cannot tell; 3 wrong use.`)
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .configureOutput(output);

  makingCommands(program, finish);
  importingCommands(program, finish);
  askingCommands(program, finish);
  reviewingCommands(program, finish);
  readingCommands(program, finish);
  keepingCommands(program, finish);
  hostingCommands(program, finish);
  provingCommands(program, finish);
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
