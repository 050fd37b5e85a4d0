import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openParser, type Parser } from '../../src/run/parser.ts';

/** A parser in a folder of its own, while it is used. Its process starts while the caller reads what to ask. */
export async function withParser<T>(use: (parser: Parser) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-validate-'));
  const parser = openParser({ folder });
  try {
    return await use(parser);
  } finally {
    parser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
