/** A job in a process of its own: `node store-child.ts <root> <json>`; prints the landing, or the error's code. */
import { holdSignals } from '../../scripts/world/signals.ts';
import { DaybookError } from '../../src/error.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import { ENV, request, result } from './store-fixture.ts';

export interface ChildJob {
  report: string;
  asOf: string;
  count: number;
  values: string[];
  push: boolean;
  /** As the commands do: signals wait for index and files. */
  held?: boolean;
}

const [root, text] = process.argv.slice(2) as [string, string];
const { report, asOf, count, values, push, held } = JSON.parse(text) as ChildJob;
const attempts = Array.from({ length: count }, (_, index) => result(`${report}-${index}`, asOf, values));
try {
  const repository = await openRepository(root, ENV, held ? holdSignals(() => undefined) : undefined);
  process.stdout.write('ready\n');
  const { commit, pushed, notes, entry } = await keep(repository, request(attempts), { push });
  process.stdout.write(`${JSON.stringify({ commit, pushed, notes, sequence: entry?.sequence })}\n`);
} catch (cause) {
  if (!(cause instanceof DaybookError)) throw cause;
  process.stdout.write(`${JSON.stringify({ code: cause.code, message: cause.message })}\n`);
}
