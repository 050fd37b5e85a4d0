import { createInterface } from 'node:readline/promises';
import { DaybookError, visible } from '../src/error.ts';

/** Asks one question; an empty answer takes what is suggested. */
export type Asker = (question: string, suggested?: string) => Promise<string>;

/** Asks a person on a terminal; null where nobody is there to answer. */
export function askerOf({ stdin, stdout }: Pick<NodeJS.Process, 'stdin' | 'stdout'>): Asker | null {
  if (!stdin.isTTY || !stdout.isTTY) return null;
  return async (question, suggested) => {
    const lines = createInterface({ input: stdin, output: stdout });
    const answer = lines.question(`${visible(question)}${suggested ? ` [${visible(suggested)}]` : ''}: `);
    // At the end of the input a question stays open for good.
    const ended = new Promise<never>((_resolve, reject) => {
      lines.once('close', () => reject(new DaybookError('wrong-use', 'no answer was given, and nothing was written', {}, 'Answer, or give the flags of `npx daybook new --help`.')));
    });
    try {
      return (await Promise.race([answer, ended])).trim() || (suggested ?? '');
    } finally {
      ended.catch(() => undefined);
      lines.close();
    }
  };
}
