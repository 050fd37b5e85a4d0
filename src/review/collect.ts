import { DaybookError } from '../error.ts';

/** What the host or one file has wrong is a problem of its own: the others go on. @returns null then */
export async function collect<T>({ problems }: { problems: DaybookError[] }, step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    problems.push(cause);
    return null;
  }
}
