import { DaybookError } from '../error.ts';
import { runQuery, type QueriedReport } from './query.ts';
import { openSandbox, type Sandbox, type SandboxSpec } from './sandbox.ts';
import { serve, type Request } from './serve.ts';

/** The program that runs the queries of one set of sources: what a contributor's SQL does, it does to this process. */

export type WorkerRequest = Request & ({ kind: 'open'; spec: SandboxSpec } | { kind: 'run'; report: QueriedReport; requested: string });

let sandbox: Sandbox | null = null;

serve(async (request: WorkerRequest) => {
  if (request.kind === 'run') return runQuery(sandbox!, request.report, request.requested);
  sandbox?.close();
  sandbox = null;
  sandbox = await openSandbox(request.spec).catch((cause: Error) => {
    const names = request.spec.sources.map(({ name }) => name).join(', ');
    throw new DaybookError('query-crashed', `the imported sources (${names}) cannot be opened: ${cause.message.split(/ ["'/]/)[0]}`, { file: '.daybook/sources' }, 'Delete .daybook/sources; the files are imported again.');
  });
  return null;
});
