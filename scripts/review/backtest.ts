import { backtestPoint, OUT_OF_TIME, type Backtest, type BacktestPoint, type Replayed } from '../../src/analysis/review/backtest.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { readEntries } from '../../src/snapshot/checkout.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState, publishedVersions, type LedgerState, type Version } from '../../src/snapshot/ledger-state.ts';
import { citationOf, type Manifest } from '../../src/snapshot/manifest.ts';
import type { Repository } from '../../src/store/repository.ts';
import { readKeptManifests } from '../instance/kept.ts';
import { instancePlace, isDefinitionOf, openReplay } from '../instance/replay.ts';
import type { World } from '../world/world.ts';
import type { ReviewTime } from './time.ts';

/** A review is waited for: what does not fit into this time is told as not run, in seconds. */
const BUDGET = 120;

export interface Backtester {
  /** The report by both definitions on the recorded inputs of its newest as-ofs; none where nothing of it was ever published. */
  of(report: string): Promise<Backtest>;
  close(): Promise<void>;
}

/** @param count as-ofs a report */
export function openBacktest(world: World, repository: Repository, sides: { base: Definitions; head: Definitions }, count: number, time: ReviewTime): Backtester {
  let began: number | undefined;
  const secondsLeft = (): number => (time.isUp() ? 0 : Math.min(time.secondsToRun(), BUDGET - (world.elapsed() - (began ?? world.elapsed())) / 1_000));
  const replay = openReplay({ ...instancePlace(world, repository, repository.head), secondsLeft });
  let read: { entries: Entry[]; ledger: LedgerState } | undefined;

  function ledgerOf(): { entries: Entry[]; ledger: LedgerState } {
    if (!read) {
      const entries = readEntries(world.root);
      read = { entries, ledger: entries.reduce(applyEntry, emptyState()) };
    }
    return read;
  }

  /** The newest published version of each of the newest as-ofs, from the oldest on. */
  function newestOf(report: string): Version[] {
    const state = ledgerOf().ledger.reports.get(report);
    const published = state ? publishedVersions(state).filter(({ erased }) => erased === null) : [];
    return [...new Map(published.map((version) => [version.as_of, version])).values()].slice(-count);
  }

  async function replayed(definitions: Definitions, version: Version, manifest: Manifest): Promise<Replayed | { kind: 'unreachable'; reason: string }> {
    const asked = definitions === sides.head ? filesAsked(version.report) : 'the same';
    if (typeof asked !== 'string') return asked;
    if (asked === 'the same' && isDefinitionOf(definitions, manifest.inputs)) return { kind: 'result', metrics: manifest.metrics, checks: manifest.checks };
    const { job, runs } = ledgerOf().entries[version.sequence - 1]!;
    const slot = runs.find((run) => run.report === version.report && run.as_of === version.as_of)?.slot ?? version.as_of;
    const outcome = await replay.run({ report: version.report, definitions, sources: manifest.inputs.sources, code: job.code, requested: String(manifest.inputs.parameters['as_of']), slot: new Date(slot) });
    if (outcome.kind === 'result') return { kind: 'result', metrics: outcome.result.metrics, checks: outcome.result.checks };
    if (outcome.error.code === 'out-of-time') return { kind: 'unreachable', reason: OUT_OF_TIME };
    return outcome.error.code === 'inputs-unreachable' ? { kind: 'unreachable', reason: outcome.error.message } : { kind: 'failed', code: outcome.error.code };
  }

  /** Whether both sides ask for files by the same names. A pattern may match files that stood beside the recorded ones, of which nothing is known. */
  function filesAsked(report: string): 'the same' | 'others' | { kind: 'unreachable'; reason: string } {
    const patternsOf = ({ sources }: Definitions, name: string): string[] => [sources.get(name)?.files ?? []].flat();
    const changed = (sides.head.reports.get(report)?.sources ?? []).filter((name) => String(patternsOf(sides.base, name)) !== String(patternsOf(sides.head, name)));
    const unknown = changed.find((name) => patternsOf(sides.head, name).some((pattern) => /[*?[{]/.test(pattern) && !patternsOf(sides.base, name).includes(pattern)));
    if (unknown !== undefined) return { kind: 'unreachable', reason: `the source "${unknown}" asks for other files than before, and which of them there were is not recorded` };
    return changed.length === 0 ? 'the same' : 'others';
  }

  async function pointOf(version: Version): Promise<BacktestPoint | { reason: string }> {
    began ??= world.elapsed();
    if (secondsLeft() <= 0) return { reason: OUT_OF_TIME };
    const [manifest] = await readKeptManifests(world, [version]).catch((cause: unknown) => {
      if (cause instanceof DaybookError) return [];
      throw cause;
    });
    if (!manifest) return { reason: 'its manifest is out of reach' };
    const base = await replayed(sides.base, version, manifest);
    if (base.kind === 'unreachable') return base;
    const head = await replayed(sides.head, version, manifest);
    if (head.kind === 'unreachable') return head;
    const targets = { base: sides.base.reports.get(version.report)?.metrics ?? [], head: sides.head.reports.get(version.report)?.metrics ?? [] };
    return backtestPoint(version.as_of, { snapshot: citationOf(version), metrics: manifest.metrics }, base, head, targets);
  }

  return {
    of: async (report) => {
      const versions = count === 0 ? [] : newestOf(report);
      if (versions.length === 0) return { asked: 0, points: [], unreachable: [] };
      const told = await Promise.all(versions.map(async (version) => ({ asOf: version.as_of, point: await pointOf(version) })));
      await replay.trim();
      return {
        asked: versions.length,
        points: told.flatMap(({ point }) => ('reason' in point ? [] : [point])),
        unreachable: told.flatMap(({ asOf, point }) => ('reason' in point ? [{ asOf, reason: point.reason }] : [])),
      };
    },
    close: () => replay.close(),
  };
}
