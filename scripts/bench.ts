import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { visibleJson } from '../src/error.ts';
import { measureFloor, readOrigins, type Floor } from './bench/floor.ts';
import { benchStages, machineText } from './bench/integrity.ts';
import { measure, type Measure } from './bench/meter.ts';
import { FLIGHTS, reportId, writeWorkload } from './bench/workload.ts';
import { refresh } from './refresh.ts';
import type { Stage, World } from './world/world.ts';

interface Scenario {
  name: string;
  total: Measure;
  stages: { [stage in Stage]?: Measure };
}

interface BenchOptions {
  reports: number;
  /** Other stages in place of W(N). */
  stage: string[];
  snapshots: number;
  json: boolean;
}

/** Measures the job on W(N) stage by stage, or the stages named, beside a floor of the same run. Returns the exit code. */
export async function bench(world: World, { reports, stage, snapshots, json }: BenchOptions): Promise<number> {
  if (stage.length > 0) return benchStages(world, stage, { snapshots, reports, json });
  const root = await mkdtemp(path.join(tmpdir(), 'daybook-bench-'));
  try {
    const { queries } = await writeWorkload(root, reports, await readOrigins(FLIGHTS));
    const scenarios = [
      await scenario(world, root, 'from nothing'),
      await scenario(world, root, 'nothing changed'),
      await scenario(world, root, 'one query changed', () => changeQuery(root)),
    ];
    const floor = await measureFloor(root, FLIGHTS, queries);
    const page = await pageBytes(root);
    const machine = machineText();
    if (json) world.out(visibleJson({ machine, reports, scenarios, floor, page, ratios: ratios(scenarios[0]!, floor) }));
    else print(world, machine, reports, scenarios, floor, page);
    return 0;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function scenario(world: World, root: string, name: string, before?: () => Promise<void>): Promise<Scenario> {
  await before?.();
  const stages: Scenario['stages'] = {};
  const measured: World = {
    ...world, root, terminal: false, out: () => {}, err: (line) => world.err(`  ${line}`), now: () => new Date('2026-11-21T12:00:00Z'),
    stage: async (stage, step) => {
      const { value, measure: taken } = await measure(step);
      stages[stage] = taken;
      return value;
    },
  };
  world.err(`${name} …`);
  const { value: code, measure: total } = await measure(() => refresh(measured, [], { push: false, build: true, json: false }));
  if (code !== 0) throw new Error(`the job failed with exit code ${code}`);
  return { name, total, stages };
}

async function changeQuery(root: string): Promise<void> {
  const file = path.join(root, 'queries', `${reportId(0)}.sql`);
  await writeFile(file, (await readFile(file, 'utf8')).replace('<= 15', '<= 20'));
  execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', 'commit', '-qam', 'Change a query'], { cwd: root });
}

/** A report page of W(N), cold: HTML, styles, type and icons that it links, gzipped where that helps. */
async function pageBytes(root: string): Promise<{ html: number; styles: number; type: number; total: number }> {
  const dist = path.join(root, 'dist');
  const html = await readFile(path.join(dist, 'reports', reportId(0), 'index.html'));
  const links = [...html.toString().matchAll(/<link[^>]+href="([^"]+)"[^>]*>/g)];
  const sizeOf = async (test: (tag: string) => boolean, zip: boolean): Promise<number> => {
    const files = links.filter(([tag]) => test(tag)).map(([, href]) => path.join(dist, href!));
    const sizes = await Promise.all(files.map(async (file) => (zip ? gzipSync(await readFile(file)).length : (await stat(file)).size)));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const styles = await sizeOf((tag) => tag.includes('rel="stylesheet"'), true);
  const type = await sizeOf((tag) => tag.includes('as="font"'), false);
  const page = gzipSync(html).length;
  return { html: page, styles, type, total: page + styles + type };
}

/** Ours against the floor of the same work. */
function ratios({ stages }: Scenario, floor: Floor): { [stage: string]: number } {
  const seconds = (stage: Stage): number => stages[stage]?.seconds ?? 0;
  return {
    import: seconds('import') / floor.import.seconds,
    query: seconds('query') / floor.query.seconds,
    keep: seconds('keep') / (floor.files.seconds + floor.commit.seconds),
  };
}

function print(world: World, machine: string, reports: number, scenarios: Scenario[], floor: Floor, page: { total: number }): void {
  const row = (name: string, { seconds, cpuSeconds, peakMb }: Measure): string =>
    `| ${name} | ${seconds.toFixed(1)} | ${cpuSeconds?.toFixed(1) ?? '–'} | ${peakMb ?? '–'} |`;
  world.out(`W(${reports}) on ${machine}\n`);
  world.out('| | seconds | CPU s | peak MB |\n| --- | --- | --- | --- |');
  for (const { name, total, stages } of scenarios) {
    world.out(row(`**${name}**`, total));
    for (const [stage, taken] of Object.entries(stages)) if (taken.seconds >= 0.05) world.out(row(stage, taken));
  }
  for (const [stage, taken] of Object.entries(floor)) world.out(row(`floor: ${stage}`, taken as Measure));
  world.out(`\nOurs ÷ floor: ${Object.entries(ratios(scenarios[0]!, floor)).map(([stage, ratio]) => `${stage} ${ratio.toFixed(1)}`).join(', ')}. A report page: ${(page.total / 1_000).toFixed(1)} KB gzipped.`);
}
