import { InvalidArgumentError, type Command } from 'commander';
import { ERASURE_REASONS, ERASURE_WORD, type ErasedRecord } from '../../src/snapshot/records.ts';
import type { Finish } from './arguments.ts';

/** Commands that decide what becomes of what is kept. */
export function keepingCommands(program: Command, finish: Finish): void {
  program.command('approve')
    .description('write the file that approves a held snapshot, for you to commit; without one, list what is held')
    .argument('[snapshot]', '<report>@<as-of>[.v<N>]')
    .option('--reject', 'reject it: readers go on seeing what they see', false)
    .addHelpText('after', `
Examples:
  npx daybook approve
  npx daybook approve flights-daily@2001-06-30
  npx daybook approve flights-daily@2001-06-30.v2 --reject

Exit codes: 0 written; 3 wrong use.`)
    .action(async (snapshot, options) => finish(async (world) => (await import('../approve.ts')).approve(world, snapshot, options)));

  program.command('erase')
    .description('destroy the rows of an as-of that hold personal data; the ledger keeps that, when and why')
    .argument('<snapshot>', '<report>@<as-of>: all its versions')
    .requiredOption('--reason <code>', ERASURE_REASONS.join(', '), reason)
    .requiredOption('--ticket <id>', 'what identifies the request elsewhere: letters, digits, hyphens', plainWord)
    .requiredOption('--approver <handle>', 'who approved it, of the same form: a role or a handle, no name', plainWord)
    .option('--push', 'land the entry on origin before anything is destroyed', false)
    .option('--json', 'print what was done as JSON', false)
    .addHelpText('after', `
Examples:
  npx daybook erase members-daily@2001-06-30 --reason request --ticket DSR-118 --approver dpo --push

Exit codes: 0 erased; 2 refused (retained, or under a legal hold), or cannot tell; 3 wrong use.`)
    .action(async (snapshot, options) => finish(async (world) => (await import('../erase.ts')).erase(world, snapshot, options)));
}

function reason(text: string): ErasedRecord['reason'] {
  const found = ERASURE_REASONS.find((known) => known === text);
  if (found === undefined) throw new InvalidArgumentError(`write one of ${ERASURE_REASONS.join(', ')}`);
  return found;
}

/** It stays in the ledger for good. */
function plainWord(text: string): string {
  if (!ERASURE_WORD.test(text)) throw new InvalidArgumentError('write 1 to 64 letters, digits and hyphens: no names, no free text');
  return text;
}
