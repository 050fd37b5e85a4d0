import { DuckDBInstance } from '@duckdb/node-api';
import path from 'node:path';
import { z } from 'zod';
import { instanceSchema, reportSchema, sourceSchema } from '../src/report/schema.ts';
import { reviewDocumentSchema } from '../src/review/review-schema.ts';
import { NO_EXTENSIONS } from '../src/run/engine.ts';
import { listFunctions } from '../src/run/functions.ts';
import { packageRoot, writeWhole } from './world/files.ts';

const SCHEMAS = { report: reportSchema, source: sourceSchema, instance: instanceSchema };

/** The JSON Schemas that editors complete YAML by, as text by file; `npm run generate` writes them beside the schema. */
export function schemaFiles(): { [file: string]: string } {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      `src/report/schema/${name}.json`,
      `${JSON.stringify({ title: `Daybook ${name}`, ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) }, null, 2)}\n`,
    ]),
  );
}

/** The JSON Schema of a review's document, for whoever reads one. */
export function reviewSchemaFile(): { [file: string]: string } {
  const schema = z.toJSONSchema(reviewDocumentSchema, { io: 'input', target: 'draft-7' });
  return { 'src/review/schema/review.json': `${JSON.stringify({ title: 'Daybook review', ...schema }, null, 2)}\n` };
}

/** What the engine says of its functions, which the gate reads. */
export async function functionsFile(): Promise<{ [file: string]: string }> {
  const instance = await DuckDBInstance.create(':memory:', NO_EXTENSIONS);
  const connection = await instance.connect();
  const text = `${JSON.stringify(await listFunctions(connection), null, 1)}\n`;
  connection.closeSync();
  instance.closeSync();
  return { 'src/run/functions.json': text };
}

if (import.meta.main) {
  const files = { ...schemaFiles(), ...reviewSchemaFile(), ...(await functionsFile()) };
  for (const [file, text] of Object.entries(files)) await writeWhole(path.join(packageRoot, file), text);
}
