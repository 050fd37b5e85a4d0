import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { measure, type Measure } from './meter.ts';

export interface Floor {
  import: Measure;
  query: Measure;
  files: Measure;
  commit: Measure;
}

/** The same work done bare, in the same run: DuckDB in one process, file writes, `git add` and `commit`. */
export async function measureFloor(folder: string, parquet: string, queries: string[]): Promise<Floor> {
  const instance = await DuckDBInstance.create(path.join(folder, 'floor.duckdb'));
  const connection = await instance.connect();
  const imported = await measure(() => connection.run(`create table flights as select * from read_parquet('${parquet.replaceAll("'", "''")}') order by origin`));
  const results: string[] = [];
  const queried = await measure(async () => {
    for (const sql of queries) results.push(JSON.stringify((await connection.runAndReadAll(sql, { as_of: '2001-06-30' })).getRowsJson()));
  });
  connection.closeSync();
  instance.closeSync();

  const repository = await mkdtemp(path.join(folder, 'floor-git-'));
  spawnSync('git', ['init', '-q'], { cwd: repository });
  const written = await measure(async () => {
    for (const [index, text] of results.entries()) {
      const parent = path.join(repository, String(Math.floor(index / 1_000)));
      await mkdir(parent, { recursive: true });
      await writeFile(path.join(parent, `${index}.csv`), text);
      await writeFile(path.join(parent, `${index}.json`), text.slice(0, 1_000));
    }
  });
  const committed = await measure(async () => {
    spawnSync('git', ['add', '-A'], { cwd: repository });
    const { status } = spawnSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', 'commit', '-qm', 'floor'], { cwd: repository });
    if (status !== 0) throw new Error('git commit of the floor failed');
  });
  return { import: imported.measure, query: queried.measure, files: written.measure, commit: committed.measure };
}

/** The origins of the flights, in byte order. */
export async function readOrigins(parquet: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll(`select distinct origin from read_parquet('${parquet.replaceAll("'", "''")}') order by 1`);
  return rows.getRowsJson().map(([origin]) => origin as string);
}
