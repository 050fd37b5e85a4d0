import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSearchIndex } from '../../scripts/site/search-index.ts';
import { writeCompared } from './fixture-compared.ts';
import { writeFixture, type FixtureOptions } from './fixture.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A new folder within Astro's root: builds whose output lies outside of it share one folder, and collide. */
export async function newFolder(name: string): Promise<string> {
  const parent = join(ROOT, '.daybook/tests');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, `${name}-`));
}

/** Runs Astro on a folder of facts; `only` limits the report pages. Returns what it printed and its exit code. */
export async function runAstro(facts: string, out: string, only?: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/astro/bin/astro.mjs'), 'build', '--silent'], {
    cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DAYBOOK_FACTS: facts, DAYBOOK_OUT: out, DAYBOOK_ONLY: only ?? '', ASTRO_TELEMETRY_DISABLED: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { code, output };
}

/** Builds a fixture's site with its search index below `folder`; `reportPages: false` leaves out the pages of reports. */
export async function buildFixture(folder: string, options: FixtureOptions & { reportPages?: boolean }): Promise<string> {
  const [facts, out, only] = [join(folder, 'facts'), join(folder, 'site'), join(folder, 'only.json')];
  const site = await writeFixture(facts, options);
  await writeFile(only, '[]');
  const { code, output } = await runAstro(facts, out, options.reportPages === false ? only : undefined);
  if (code !== 0) throw new Error(`astro build: exit ${code}\n${output}`);
  await writeSearchIndex(site, out);
  if (options.reportPages !== false) await writeCompared(facts, out);
  return out;
}
