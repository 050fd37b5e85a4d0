import path from 'node:path';
import { asKnownError, DaybookError } from '../../src/error.ts';
import { loadDefinitions, type Definitions } from '../../src/report/load.ts';
import type { Report, Source } from '../../src/report/report.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import { emptyState } from '../../src/snapshot/ledger-state.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { planRuns, type PlannedRun } from '../instance/plan.ts';
import { runLocally } from '../run.ts';
import { writeFacts, factsFolder, type Facts } from '../site/facts.ts';
import { writeWhole } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { changedFiles, look, type Look } from './look.ts';
import { keepRunner, type KeptRunner } from './runner.ts';

/** What one save came to. */
export interface Saved {
  /** What is wrong now; of the reports, only those that are worked on. */
  problems: DaybookError[];
  /** Runs that were made; the others would have read and asked the same as before. */
  ran: { report: string; outcome: Outcome }[];
  /** What the pages say, as one text; that of the save before where nothing could be made of this one. */
  facts: string;
}

/**
 * Reports that somebody writes: each save is read, what has changed is run, and the facts of their pages are written. A report
 * that does not work keeps the definition and the result of the last save that did.
 */
export class Draft {
  readonly #world: World;
  readonly #ids: readonly string[];
  /** The last definition of each report that worked. */
  readonly #good = new Map<string, Report>();
  /** What each report was last run with, and what came of it. */
  readonly #ran = new Map<string, { key: string; error: DaybookError | null }>();
  readonly #runner: KeptRunner;
  #facts = '';
  #definitions: Definitions | null = null;
  #seen: Look | null = null;

  /** @param world its `facts` is a folder of their own */
  constructor(world: World, ids: readonly string[]) {
    [this.#world, this.#ids, this.#runner] = [world, ids, keepRunner(world)];
  }

  /** How all that the reports rest on stands now. */
  look(): Look {
    const { reports = new Map<string, Report>(), sources = new Map<string, Source>() } = this.#definitions ?? {};
    return look(this.#world.root, this.#ids, { reports: new Map([...this.#good, ...reports]), sources });
  }

  /** What has changed since it was last read. */
  changed(now: Look): string[] {
    return this.#seen ? changedFiles(this.#seen, now) : [];
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    await this.#runner.close();
  }

  /** @param signal ends the queries that run. @throws what it says then: no facts are written. */
  async save(signal: AbortSignal): Promise<Saved> {
    const ran: Saved['ran'] = [];
    const stop = (): void => void this.close();
    signal.addEventListener('abort', stop);
    try {
      const definitions = this.#read();
      const planned = this.#unlikeLast(definitions);
      const runner = await this.#runner.of(definitions, this.#seen!);
      signal.throwIfAborted();
      const made = await runLocally(this.#world, definitions, planned.map(({ plan }) => plan), runner);
      made.forEach(({ report, outcome }, index) => {
        ran.push({ report: report.id, outcome });
        this.#ran.set(report.id, { key: planned[index]!.key, error: outcome.kind === 'failure' ? outcome.error : null });
      });
      signal.throwIfAborted();
      for (const [id, report] of definitions.reports) if (!this.#ran.get(id)?.error) this.#good.set(id, report);
      const { digests, site } = await this.#write(definitions);
      this.#facts = JSON.stringify([digests, site]);
      return { problems: this.#problems(definitions), ran, facts: this.#facts };
    } catch (cause) {
      signal.throwIfAborted();
      const error = asKnownError(cause);
      if (!error) throw cause;
      return { problems: [error], ran, facts: this.#facts };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** What changes while it is read has the older stamp here, so that the next look tells. */
  #read(): Definitions {
    const before = this.look();
    this.#seen = before;
    this.#definitions = loadDefinitions(this.#world.root, this.#ids);
    const after = this.look();
    this.#seen = { ...after, files: new Map([...after.files].map(([file, stamp]) => [file, before.files.get(file) ?? stamp])) };
    return this.#definitions;
  }

  /** The runs whose question or data is another than that of the last one. */
  #unlikeLast(definitions: Definitions): { plan: PlannedRun; key: string }[] {
    const { reports, sources, macros } = definitions;
    if (reports.size === 0) return [];
    const { planned } = planRuns(definitions, emptyState(), this.#world.now(), { ids: [...reports.keys()] }, (report) => definitionDigest(report, macros));
    const keyed = planned.map((plan) => {
      const { report, requested, definition } = plan;
      const read = report.sources.map((name) => [sources.get(name), this.#seen!.data.get(name)]);
      return { plan, key: JSON.stringify([definition, requested, report.limits, read]) };
    });
    return keyed.filter(({ plan, key }) => this.#ran.get(plan.report.id)?.key !== key);
  }

  async #write(definitions: Definitions): Promise<Facts> {
    const reports = new Map(definitions.reports);
    const broken = new Map(definitions.broken);
    for (const [id, report] of this.#good) {
      reports.set(id, report);
      broken.delete(id);
    }
    const facts = await writeFacts(this.#world, { ...definitions, reports, broken }, false, null, new Set(this.#ids));
    // The list of what pages there are asks for it.
    await writeWhole(path.join(factsFolder(this.#world), 'audit/index.json'), JSON.stringify({ months: [], notes: [] }));
    return facts;
  }

  #problems({ reports, broken, problems }: Definitions): DaybookError[] {
    const own = this.#ids.flatMap((id) => {
      const report = reports.get(id);
      if (report) return this.#ran.get(id)?.error ?? [];
      const gone = new DaybookError('file-missing', `reports/${id}.yml does not exist`, { file: `reports/${id}.yml` });
      return broken.get(id)?.problems ?? [gone];
    });
    // Macros are everybody's; a source that cannot be read is told to those who miss it.
    const misses = own.some(({ code }) => code === 'source-unknown');
    return [...problems.filter(({ place: { file = '' } }) => misses || file.startsWith('queries/macros/')), ...own];
  }
}
