import { createInterface } from 'node:readline/promises';
import { DaybookError, visible } from '../../src/error.ts';

/** Asks one question, with what helps to answer it above; an empty answer takes what is suggested. */
export type Asker = (question: string, suggested?: string, above?: readonly string[]) => Promise<string>;

/** Answers each question with what is suggested, and with nothing where there is no suggestion. */
export const takesSuggestions: Asker = async (_question, suggested) => suggested ?? '';

/** Nobody answers wrongly so often who is a person. */
const MOST_TRIES = 10;

/**
 * Asks until the answer will do, with what was wrong above the question: one slip must not cost all that was typed before.
 * @param check throws a DaybookError for an answer that will not do
 * @param above what helps to answer it the first time
 */
export async function askUntil(ask: Asker, question: string, suggested: string | undefined, check: (answer: string) => void, above: readonly string[] = []): Promise<string> {
  for (let tries = 1, said = above; ; tries++) {
    const answer = await ask(question, suggested, said);
    try {
      check(answer);
      return answer;
    } catch (cause) {
      if (!(cause instanceof DaybookError) || ask === takesSuggestions || tries === MOST_TRIES) throw cause;
      said = [cause.message, `  → ${cause.remedy}`];
    }
  }
}

interface Needed {
  question: string;
  suggested: string | undefined;
  /** Where nobody answers. */
  remedy: string;
  /** Throws a DaybookError for an answer that will not do. */
  check?: (answer: string) => void;
  /** What helps to answer it the first time. */
  above?: readonly string[];
}

/** The answer that there has to be. @throws `wrong-use` where nobody answers */
export async function missing(ask: Asker | null, { question, suggested, remedy, check = () => undefined, above = [] }: Needed): Promise<string> {
  const none = new DaybookError('wrong-use', `${question} is not given`, {}, remedy);
  if (!ask) throw none;
  return askUntil(ask, question, suggested, (answer) => {
    if (answer.trim() === '') throw none;
    check(answer);
  }, above);
}

/** Who has seen a suggestion, and taken it. */
export function isPerson(ask: Asker | null): boolean {
  return ask !== null && ask !== takesSuggestions;
}

/** Asks a person on a terminal; null where nobody is there to answer. */
export function askerOf({ stdin, stdout }: Pick<NodeJS.Process, 'stdin' | 'stdout'>): Asker | null {
  if (!stdin.isTTY || !stdout.isTTY) return null;
  return async (question, suggested, above = []) => {
    for (const line of above) stdout.write(`${visible(line)}\n`);
    const lines = createInterface({ input: stdin, output: stdout });
    const answer = lines.question(`${visible(question)}${suggested ? ` [${visible(suggested)}]` : ''}: `);
    // At the end of the input a question stays open for good.
    const ended = new Promise<never>((_resolve, reject) => {
      lines.once('close', () => reject(new DaybookError('wrong-use', 'no answer was given, and nothing was written', {}, 'Answer, or give the flags that `--help` lists.')));
    });
    try {
      return (await Promise.race([answer, ended])).trim() || (suggested ?? '');
    } finally {
      ended.catch(() => undefined);
      lines.close();
    }
  };
}
