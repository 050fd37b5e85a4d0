import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Review } from '../../src/analysis/review/review.ts';
import { refresh } from '../refresh.ts';
import { review } from '../review.ts';
import { factsFolder } from '../site/facts.ts';
import { packageRoot, writeWhole } from '../world/files.ts';
import type { Stage, World } from '../world/world.ts';
import { readOrigins } from './floor.ts';
import { measure, type Measure } from './meter.ts';
import { GIT, medians, sh, type StageResult, type Surroundings } from './stage.ts';
import { FLIGHTS, reportId, writeWorkload } from './workload.ts';

const CHANGED = 10;
const COLUMNS = ['flights', 'mean_delay', 'high_delay', 'punctual'];
const STAGES = { read: 'read both sides', query: `run ${CHANGED} reports, both sides twice`, compare: 'compare', render: 'render as JSON and Markdown', preview: 'preview', facts: 'of it: facts', build: 'of it: pages' } as const;

/** A change of ten queries in W(N), whose site stands: compared, rendered and previewed; each part beside a floor. */
export async function benchReview({ world, folder, reports }: Surroundings): Promise<StageResult> {
  const root = path.join(folder, 'review');
  await mkdir(root);
  const { queries } = await writeWorkload(root, reports, await readOrigins(FLIGHTS));
  const quiet: World = { ...world, root, terminal: false, out: () => undefined, err: () => undefined, now: () => new Date('2026-11-21T12:00:00Z') };
  world.err(`  the site of ${reports} reports …`);
  if ((await refresh(quiet, [], { push: false, build: true, json: false })) !== 0) throw new Error('the job failed');
  const count = Math.min(CHANGED, reports);
  const changes = Array.from({ length: count }, (_, index) => {
    const place = Math.floor((index * reports) / count);
    return { id: reportId(place), base: queries[place]!, head: changed(queries[place]!, index) };
  });
  await propose(root, changes);

  const taken: { [stage in Stage]?: Measure[] } = {};
  const found: Review[] = [];
  const ours = async (): Promise<void> => {
    const measured: World = {
      ...quiet,
      stage: async (stage, step) => {
        const { value, measure: one } = await measure(step);
        (taken[stage] ??= []).push(one);
        return value;
      },
    };
    const code = await review(measured, 'main..change', [], { out: 'review', preview: `preview-${found.length}`, json: false });
    if (code === 2) throw new Error('the review is incomplete');
    found.push(JSON.parse(await readFile(path.join(root, 'review/review.json'), 'utf8')) as Review);
  };
  const bare = <T>(step: (connection: DuckDBConnection) => Promise<T>): Promise<T> => withDuckDb(path.join(folder, 'floor.duckdb'), world.cores, step);
  await bare(async (connection) => {
    await connection.run(`create table flights as select * from read_parquet('${FLIGHTS.replaceAll("'", "''")}') order by origin`);
    await writeResults(connection, folder, changes);
  });
  const { total, ...floors } = await medians({
    total: ours,
    query: () => bare(async (connection) => {
      for (const { base, head } of changes) for (const sql of [base, head, base, head]) await connection.runAndReadAll(sql, { as_of: '2001-06-30' });
    }),
    compare: () => bare((connection) => join(connection, folder, changes.length)),
    build: () => barePages(quiet, changes.map(({ id }) => id)),
  });
  const median = (stage: Stage): Measure => taken[stage]!.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(taken[stage]!.length / 2)]!;
  return {
    stage: 'review', what: `${changes.length} changed reports of ${reports} compared, rendered and previewed, with a site that stands`,
    measures: [
      { name: '**all of it**', measure: total }, ...Object.entries(STAGES).map(([stage, name]) => ({ name, measure: median(stage as Stage) })),
      { name: `floor: the same ${4 * changes.length} queries in one DuckDB`, measure: floors.query }, { name: 'floor: read both results, full join and count, in one DuckDB', measure: floors.compare },
      { name: 'floor: Astro with the same pages and nothing else', measure: floors.build },
    ],
    figure: { name: 'compared, rendered and previewed in', value: total.seconds, aim: 30, unit: ' s' },
    notes: [`Ours ÷ floor: query ${ratio(median('query'), floors.query)}, compare ${ratio(median('compare'), floors.compare)}, pages ${ratio(median('build'), floors.build)}.`, `Found: ${found[0]!.reports.filter(({ comparison }) => comparison?.kind === 'different').length} reports whose numbers differ, ${found[0]!.verdict}.`],
  };
}

interface Change {
  id: string;
  base: string;
  head: string;
}

const ratio = (a: Measure, b: Measure): string => `${(a.seconds / b.seconds).toFixed(1)}×`;

/** Closed after each step: what is measured next has the memory to itself. */
async function withDuckDb<T>(file: string, threads: number, step: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(file, { threads: String(threads) });
  const connection = await instance.connect();
  try {
    return await step(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Every other one takes fewer rows, the others count otherwise. */
function changed(sql: string, index: number): string {
  const text = index % 2 === 0 ? sql.replace(/delay <= \d+/, 'delay <= 20') : sql.replace('$as_of::date + 1', '$as_of::date + 1 and delay < 120');
  if (text === sql) throw new Error('the query is not changed');
  return text;
}

/** On a branch of its own; what is checked out stays, as in the workflow. */
async function propose(root: string, changes: readonly Change[]): Promise<void> {
  await sh(root, 'git switch -qc change');
  for (const { id, head } of changes) await writeFile(path.join(root, `queries/${id}.sql`), head);
  await sh(root, `${GIT} commit -qam Change && git switch -q main`);
}

async function writeResults(connection: DuckDBConnection, folder: string, changes: readonly Change[]): Promise<void> {
  for (const [index, change] of changes.entries()) for (const side of ['base', 'head'] as const) await connection.run(`copy (${change[side].replaceAll('$as_of', "'2001-06-30'")}) to '${fileOf(folder, side, index)}' (header)`);
}

const fileOf = (folder: string, side: string, index: number): string => path.join(folder, `${side}-${index}.csv`).replaceAll("'", "''");

/** What somebody would write who wants the same answer: how many rows came, went and differ, per column. */
async function join(connection: DuckDBConnection, folder: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    for (const side of ['base', 'head']) await connection.run(`create or replace temp table ${side} as select * from read_csv('${fileOf(folder, side, index)}')`);
    const differs = COLUMNS.map((name) => `count(*) filter (where b.day is not null and h.day is not null and b.${name} is distinct from h.${name})`);
    await connection.runAndReadAll(`select count(*) filter (where b.day is null), count(*) filter (where h.day is null), ${differs.join(', ')} from base b full join head h on b.day = h.day`);
  }
}

/** Pages of these reports and those that all share, from facts that are there. */
async function barePages(world: World, ids: readonly string[]): Promise<void> {
  // Within Daybook's own folder: Astro's builds of other folders share one of theirs.
  const work = path.join(packageRoot, '.daybook/bench', String(process.pid));
  try {
    await writeWhole(path.join(work, 'only.json'), JSON.stringify(ids));
    const astro = path.join(packageRoot, 'node_modules/astro/bin/astro.mjs');
    await sh(packageRoot, `"${process.execPath}" "${astro}" build --root . --silent`, { ...world.env, DAYBOOK_FACTS: factsFolder(world), DAYBOOK_OUT: path.join(work, 'dist'), DAYBOOK_ONLY: path.join(work, 'only.json'), ASTRO_TELEMETRY_DISABLED: '1', TZ: 'UTC' });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
