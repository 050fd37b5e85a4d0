import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { functionsFile } from '../../scripts/generate.ts';
import { PACKAGE_VERSION } from '../../src/run/engine.ts';
import { readFunctions } from '../../src/run/functions.ts';

async function connect(t: TestContext): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  t.after(() => { connection.closeSync(); instance.closeSync(); });
  return connection;
}

test('the list of functions that the gate reads is that of the engine', async () => {
  for (const [file, text] of Object.entries(await functionsFile())) assert.equal(readFileSync(path.resolve(import.meta.dirname, '../..', file), 'utf8'), text, `${file}: run npm run generate, and read what the change brings`);
});

test('a list of another version is not believed: the engine is asked', async (t) => {
  const connection = await connect(t);
  const [usual, other, kept] = [
    await readFunctions(connection),
    await readFunctions(connection, { version: '0.1.0', rows: [], unstable: [], others: ['mine'] }),
    await readFunctions(connection, { version: PACKAGE_VERSION, rows: [], unstable: [], others: ['mine'] }),
  ];
  assert.deepEqual(other, usual);
  assert.deepEqual([...kept.known], ['mine']);
  for (const name of ['read_csv', 'glob', 'txid_current', 'nextval']) assert.ok(usual.refused.has(name), name);
  for (const name of ['sum', 'error', 'range']) assert.ok(usual.known.has(name) && !usual.refused.has(name), name);
});
