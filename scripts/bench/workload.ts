import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { simpleGit } from 'simple-git';
import { packageRoot } from '../world/files.ts';

interface Workload {
  root: string;
  queries: string[];
}

/** 3,000,000 flights. */
export const FLIGHTS = path.join(packageRoot, 'node_modules/vega-datasets/data/flights-3m.parquet');

/** The variants of W(N): the same rows asked for in different ways. */
const VARIANTS = [
  { share: 15, percentile: 0.95 },
  { share: 30, percentile: 0.9 },
  { share: 5, percentile: 0.99 },
  { share: 60, percentile: 0.75 },
];

function querySql(origin: string, index: number): string {
  const { share, percentile } = VARIANTS[index % VARIANTS.length]!;
  return `select date::date as day, count(*) as flights, avg(delay) as mean_delay,
  quantile_cont(delay, ${percentile}) as high_delay, count(*) filter (where delay <= ${share}) as punctual
from flights
where origin = '${origin}' and date < $as_of::date + 1
group by 1
order by 1
`;
}

/**
 * Writes an instance with N reports over the 3,000,000 flights and commits it: the workload W(N).
 * @param origins the airports of the flights in byte order: report i is about airport i mod their number
 */
export async function writeWorkload(root: string, reports: number, origins: string[]): Promise<Workload> {
  const queries = Array.from({ length: reports }, (_, index) => querySql(origins[index % origins.length]!, index));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  };
  await mkdir(path.join(root, 'data'), { recursive: true });
  await copyFile(FLIGHTS, path.join(root, 'data/flights.parquet'));
  await write('daybook.yml', `title: Workload\ninstance: workload\nteams: { aviation: { title: Aviation } }\nsource_roots: [data]\n`);
  await write('.gitignore', '.daybook/\ndist/\ndata/\n');
  await write('queries/sources/flights.yml', 'files: data/flights.parquet\ncluster_by: [origin]\narchive: 2001-06-30\n');
  for (const [index, sql] of queries.entries()) {
    const id = reportId(index);
    const origin = origins[index % origins.length]!;
    await write(`queries/${id}.sql`, sql);
    await write(`reports/${id}.yml`, reportYaml(origin, index));
  }
  const git = simpleGit(root);
  await git.raw('init', '-q', '-b', 'main');
  await git.raw('add', '-A');
  await git.raw('-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', 'commit', '-qm', `W(${reports})`);
  return { root, queries };
}

/** A folder a thousand reports, as an instance of that size would have. */
export function reportId(index: number): string {
  return `group-${Math.floor(index / 1_000)}/report-${String(index).padStart(5, '0')}`;
}

function reportYaml(origin: string, index: number): string {
  return `title: Flights from ${origin}, view ${index}
team: aviation
owner: bench@localhost
description: Flights, delay and punctuality of departures from ${origin}, by day.
sources: [flights]
schedule: { cron: "0 6 * * *" }
as_of: { column: day }
key: [day]
time: { column: day, period: day }
metrics:
  flights: { label: Flights, value: sum(flights), format: ",d", better: higher }
  mean_delay: { label: Mean delay, value: mean(mean_delay), format: ".1f", unit: min, better: lower }
  high_delay: { label: High delay, value: max(high_delay), format: ".1f", unit: min, better: lower }
  punctual: { label: Punctual, value: sum(punctual) / sum(flights), format: ".1%", better: higher }
charts:
  - { type: line, y: punctual }
`;
}
