import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import * as yaml from 'js-yaml';
import { filesOf, packageRoot } from '../world/files.ts';
import { readOrigins } from './floor.ts';
import { DAYBOOK, medians, sh, type StageBench } from './stage.ts';
import { FLIGHTS, writeWorkload } from './workload.ts';

/** Validation of N short reports, and of as many as long as people write them; beside it, their YAML and SQL parsed and nothing else. */
export const benchValidate: StageBench = async ({ folder, reports }) => {
  const [short, long] = [path.join(folder, 'short'), path.join(folder, 'long')];
  await writeWorkload(short, reports, await readOrigins(FLIGHTS));
  await copyDemo(long, reports);
  const taken = await medians({ short: () => sh(short, `${DAYBOOK} validate`), long: () => sh(long, `${DAYBOOK} validate`), floor: () => parse(long) });
  const files = await Promise.all((await below(long, 'reports', '.yml')).map((file) => readFile(file)));
  return {
    stage: 'validate', what: `${reports} reports with their SQL: W(${reports}), and copies of the demo’s`,
    measures: [{ name: 'validate W(N)', measure: taken.short }, { name: 'validate copies of the demo', measure: taken.long }, { name: 'floor: their YAML and SQL parsed', measure: taken.floor }],
    figure: { name: 'validate W(N)', value: taken.short.seconds, aim: 1, unit: ' s' },
    notes: [`The demo’s definitions have ${(files.reduce((sum, file) => sum + file.length, 0) / files.length / 1_000).toFixed(1)} KB each.`],
  };
};

/** The demo’s own reports with their queries, again and again in folders of their own. */
async function copyDemo(root: string, reports: number): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const shared of ['daybook.yml', 'queries/sources', 'queries/macros']) await cp(path.join(packageRoot, shared), path.join(root, shared), { recursive: true });
  const each = (await below(packageRoot, 'reports', '.yml')).length;
  for (let copy = 0; copy * each < reports; copy++) {
    await cp(path.join(packageRoot, 'reports'), path.join(root, `reports/copy-${copy}`), { recursive: true });
    await cp(path.join(packageRoot, 'queries'), path.join(root, `queries/copy-${copy}`), { recursive: true, filter: (file) => !/queries\/(sources|macros)$/.test(file) });
  }
}

async function parse(root: string): Promise<void> {
  for (const file of await below(root, 'reports', '.yml')) yaml.load(await readFile(file, 'utf8'));
  const texts = await Promise.all((await below(root, 'queries', '.sql')).map((file) => readFile(file, 'utf8')));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const trees = await connection.runAndReadAll('SELECT json_serialize_sql(sql) FROM (SELECT unnest($texts) AS sql)', { texts: listValue(texts) }, { texts: LIST(VARCHAR) });
  for (const [tree] of trees.getRows()) JSON.parse(String(tree));
  connection.closeSync();
  instance.closeSync();
}

async function below(root: string, folder: string, ending: string): Promise<string[]> {
  return (await filesOf(path.join(root, folder))).filter((file) => file.endsWith(ending));
}
