import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');

/** Who may import whom: imports point to the nouns. `scripts` and `tests` join, so they may import all. */
const MAY: { [part: string]: string[] } = {
  error: [],
  report: ['error'],
  snapshot: ['error', 'report'],
  store: ['error', 'report', 'snapshot'],
  run: ['error', 'report', 'snapshot'],
  analysis: ['error', 'report', 'snapshot'],
  present: ['error', 'report', 'snapshot', 'analysis-types'],
  review: ['error', 'report', 'snapshot', 'store', 'run', 'analysis', 'present'],
  site: ['error', 'report', 'snapshot', 'analysis', 'present'],
};

/** The packages that one part alone may reach. */
const ALONE: { [name: string]: string } = { '@duckdb/node-api': 'run', 'simple-git': 'store', '@octokit/core': 'review' };

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

async function sources(folder: string): Promise<string[]> {
  const found = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && /\.(ts|astro|mjs)$/.test(entry.name)).map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(path.join(root, file), 'utf8');
  return [...text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/gm)].map((match) => ({
    from: file,
    to: match[2] ?? match[3]!,
    typeOnly: match[1] !== undefined,
  }));
}

const partOf = (file: string): string => (file.startsWith('src/') ? file.split('/')[1]!.replace(/\.ts$/, '') : file.split('/')[0]!);
const resolved = ({ from, to }: Import): string => path.normalize(path.join(path.dirname(from), to));

test('imports point to the nouns', async () => {
  for (const file of await sources('src')) {
    for (const one of await importsOf(file)) {
      const part = partOf(file);
      if (!one.to.startsWith('.')) {
        const alone = ALONE[one.to];
        assert.ok(alone === undefined || alone === part, `${file} imports ${one.to}, which ${alone} alone may reach`);
        continue;
      }
      // A schema that was written down for others is data, and no code.
      if (/\/schema\/\w+\.json\?raw$/.test(one.to)) continue;
      const target = partOf(resolved(one));
      const allowed = target === part || MAY[part]?.includes(target) || (one.typeOnly && MAY[part]?.includes(`${target}-types`));
      assert.ok(allowed, `${file} imports ${one.to}: ${part} may not import ${target}`);
    }
  }
});

test('there are no import cycles, of types neither', async () => {
  const graph = new Map<string, string[]>();
  for (const file of [...(await sources('src')), ...(await sources('scripts'))]) {
    const imports = (await importsOf(file)).filter((one) => one.to.startsWith('.'));
    graph.set(file, imports.map(resolved));
  }
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): void => {
    assert.ok(!trail.includes(file), `cycle: ${[...trail, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
});

test('src reads neither clock nor environment by itself, and files stay short', async () => {
  for (const file of await sources('src')) {
    const text = await readFile(path.join(root, file), 'utf8');
    assert.ok(text.split('\n').length <= 300, `${file} has over 300 lines`);
    if (!file.startsWith('src/site/client/')) assert.doesNotMatch(text, /\bDate\.now\(|new Date\(\)/, `${file} reads the clock`);
    assert.doesNotMatch(text, /process\.env\b/, `${file} reads the environment`);
  }
});

test('style sheets stay short too', async () => {
  const sheets = await readdir(path.join(root, 'src/site/styles'));
  for (const sheet of sheets) assert.ok((await readFile(path.join(root, 'src/site/styles', sheet), 'utf8')).split('\n').length <= 300, `${sheet} has over 300 lines`);
});

test('no folder of leftovers, no barrel', async () => {
  for (const file of [...(await sources('src')), ...(await sources('scripts'))]) {
    assert.doesNotMatch(file, /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/, file);
    assert.doesNotMatch(file, /(^|\/)index\.ts$/, file);
  }
});

test('a command prints JSON in which nothing is left that a terminal acts on', async () => {
  for (const file of await sources('scripts')) assert.ok(!(await readFile(path.join(root, file), 'utf8')).includes('world.out(JSON.stringify'), `${file}: print it by visibleJson`);
});

test('the command line is a file a command, and its parts stand in the folder of its name', async () => {
  const top = (await readdir(path.join(root, 'scripts'), { withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
  const commands = new Set((await Promise.all((await sources('scripts/cli')).map(importsOf))).flat().map(resolved));
  for (const file of top) assert.ok(file === 'daybook.mjs' || file === 'generate.ts' || commands.has(`scripts/${file}`), `scripts/${file} is no command: it belongs into a folder`);
  for (const file of await sources('scripts')) assert.ok(file.split('/').length <= 3, `${file} lies too deep`);
});
