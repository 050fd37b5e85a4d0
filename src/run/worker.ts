import { DaybookError } from '../error.ts';
import { sendable, type SentError } from './child.ts';
import { admit, runQuery, type Answered, type QueriedReport } from './query.ts';
import { openSandbox, type Sandbox, type SandboxSpec } from './sandbox.ts';
import { serve, type Request } from './serve.ts';

/** The program that runs the queries of one set of sources: what a contributor's SQL does, it does to this process. */

export type WorkerRequest = Request & ({ kind: 'open'; spec: SandboxSpec } | { kind: 'run'; report: QueriedReport; requested: string });

/** A query that the gate refused has run nothing, so its sandbox is as good as before: it is an answer, not an error. */
export type WorkerAnswer = { refused: SentError } | { refused: null; answered: Answered };

let sandbox: Sandbox | null = null;

serve((request: WorkerRequest) => (request.kind === 'run' ? run(request.report, request.requested) : open(request.spec)));

async function open(spec: SandboxSpec): Promise<null> {
  sandbox?.close();
  sandbox = null;
  sandbox = await openSandbox(spec).catch((cause: Error) => {
    const names = spec.sources.map(({ name }) => name).join(', ');
    throw new DaybookError('query-crashed', `the imported sources (${names}) cannot be opened: ${cause.message.split(/ ["'/]/)[0]}`, { file: '.daybook/sources' }, 'Delete .daybook/sources; the files are imported again.');
  });
  return null;
}

async function run(report: QueriedReport, requested: string): Promise<WorkerAnswer> {
  let used: Set<string>;
  try {
    used = await admit(sandbox!, report);
  } catch (cause) {
    if (cause instanceof DaybookError) return { refused: sendable(cause) };
    throw cause;
  }
  return { refused: null, answered: await runQuery(sandbox!, report, requested, used) };
}
