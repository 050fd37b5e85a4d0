import { DaybookError, describe } from '../src/error.ts';
import { loadDefinitions, problemsOf } from '../src/report/load.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { readEntries } from '../src/snapshot/checkout.ts';
import { applyEntry, emptyState } from '../src/snapshot/ledger-state.ts';
import { planRuns } from './instance/plan.ts';
import { runLocally } from './run.ts';
import { publish } from './site/publish.ts';
import { serve } from './site/serve.ts';
import { startReports } from './start/reports.ts';
import { siteFolder } from './world/files.ts';
import { sitePath } from './world/site-address.ts';
import { sayProblems, type World } from './world/world.ts';

/** Runs what is due without committing, builds the site, serves it until the process ends; with reports, those alone, and again at every save. */
export async function start(world: World, words: string[], { port, host }: { port: number; host: string }): Promise<number> {
  if (port > 65_535) throw new DaybookError('wrong-use', `${port} is no port: they end at 65535`, {}, 'Choose another with --port.');
  if (words.length > 0) return startReports(world, words, { port, host });
  const definitions = loadDefinitions(world.root);
  sayProblems(world, problemsOf(definitions));
  const ledger = (readEntries(world.root)).reduce(applyEntry, emptyState());
  const { planned } = planRuns(definitions, ledger, world.now(), { ids: [] }, (report) => definitionDigest(report, definitions.macros));
  const due = planned.filter(({ why }) => why !== 'if-new');
  for (const { report, outcome } of await runLocally(world, definitions, due)) {
    if (outcome.kind === 'failure') world.err(`${report.id} failed: ${describe(outcome.error)}`);
    else world.out(`${report.id}@${outcome.asOf}: ${outcome.result.rows.count} rows, local: nothing is committed`);
  }
  await publish(world, definitions);
  const base = sitePath(definitions.instance.url);
  const server = await serve(siteFolder(world), base, port, host);
  world.out(`\nThe site is at http://${host}:${(server.address() as { port: number }).port}${base}\nPress Ctrl+C to end.`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close(() => resolve()));
  });
  return 0;
}
