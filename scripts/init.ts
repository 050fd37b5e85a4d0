import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { simpleGit } from 'simple-git';
import { DaybookError } from '../src/error.ts';
import { isIdPart } from '../src/report/load.ts';
import { readYaml } from '../src/report/yaml.ts';
import { slugOf } from '../src/review/onboard/words.ts';
import { authorAddress } from '../src/store/author.ts';
import type { World } from './world/world.ts';

interface InitOptions {
  title: string;
  name?: string | undefined;
  team: string;
  yes: boolean;
}

/** The one file that is put where a team's own may lie. */
const DATA = 'data/orders.csv';

/** What the demo put there, and what runs left behind; everything else of the clone stays. */
const DEMO = ['reports', 'queries', 'snapshots', '.daybook', 'dist'];

/** Turns a clone into a team's own empty instance, with one report to start from. Returns the exit code. */
export async function init(world: World, { title, name, team, yes }: InitOptions): Promise<number> {
  const { root, here } = world;
  if (here !== undefined) throw new DaybookError('wrong-use', 'this is not the root of the clone', {}, `Run it there: cd ${path.relative(here, root)}`);
  // A title’s capitals begin no words: SaaS is one.
  const slug = name ?? (slugOf(title.toLowerCase()) || 'daybook');
  for (const word of [slug, team]) if (!/^[a-z0-9-]+$/.test(word)) throw new DaybookError('wrong-use', `"${word}" is not a name of a-z, 0-9 and hyphens`);
  if (!isIdPart(team)) throw new DaybookError('wrong-use', `"${team}" is reserved: reports of a team of this name would have no ids`, {}, 'Choose another name for --team; its title can be changed in daybook.yml.');
  if (title.trim() === '') throw new DaybookError('wrong-use', 'the title is empty', {}, 'Write it as --title "Numbers of the sales team".');
  await access(path.join(root, 'package.json')).catch(() => {
    throw new DaybookError('no-instance', 'this is not a clone of Daybook', {}, 'Clone Daybook, then run `npx daybook init` in the clone.');
  });
  if (!yes) await refuseToLose(root);

  // What `npx daybook new` proposes for a team takes after the reports that it has.
  const owner = (await authorAddress(root, world.env)) ?? 'you@example.org';
  for (const folder of DEMO) await rm(path.join(root, folder), { recursive: true, force: true });
  for (const [file, text] of Object.entries(starter(title, slug, team, owner))) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
  const written = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { dependencies: { [name: string]: string } };
  world.out(`This is now "${title}", with one report to start from: ${team}/first.
Next:
  1. npx daybook run first        try the report; nothing is committed
  2. npm start                    look at the site
  3. git add -A && git commit     then: npm run refresh
  4. npx daybook new data/x.csv   a report of an export that you have put below data/${'vega-datasets' in written.dependencies ? '\nThe demo’s data is a package that you can drop: npm uninstall vega-datasets' : ''}`);
  return 0;
}

/** @throws `wrong-use` where something would be lost that Git does not hold. */
async function refuseToLose(root: string): Promise<void> {
  const git = simpleGit(root);
  const held = await git.checkIsRepo();
  const changed = held ? (await git.status(['--', 'reports', 'queries', 'snapshots', 'daybook.yml', DATA])).files.map((file) => file.path) : [];
  // Exports are often ignored by Git.
  const found = await access(path.join(root, DATA)).then(() => true, () => false);
  if (found && !(held && (await git.raw(['ls-files', '--', DATA])))) changed.push(DATA);
  if (changed.length > 0) throw new DaybookError('wrong-use', `${changed[0]} is not committed and would be lost`, {}, 'Commit or stash it, or say --yes.');
}

/** A name as YAML reads it back: `2024` and `null` are texts too. */
function yamlText(name: string): string {
  return readYaml(name, 'daybook.yml').value === name ? name : JSON.stringify(name);
}

/** A small instance that works: data, source, query, report. */
function starter(title: string, slug: string, team: string, owner: string): { [file: string]: string } {
  const schema = (depth: number, kind: string): string => `# yaml-language-server: $schema=${depth === 0 ? '.' : Array(depth).fill('..').join('/')}/src/report/schema/${kind}.json\n`;
  return {
    'daybook.yml': `${schema(0, 'instance')}title: ${JSON.stringify(title)}
instance: ${yamlText(slug)}          # its name in the ledger; never change it
# url: https://example.org/reports/
# repository: https://example.org/your/repository
teams:
  ${yamlText(team)}: { title: ${JSON.stringify(team)} }
defaults: { timezone: UTC }
git: { name: Daybook, email: daybook@example.org }
source_roots: [data]       # the folders that sources may read
`,
    [DATA]: 'day,region,orders,returns\n2026-01-05,north,120,6\n2026-01-05,south,80,9\n2026-01-06,north,131,5\n2026-01-06,south,77,4\n2026-01-07,north,118,7\n2026-01-07,south,92,6\n',
    'queries/sources/orders.yml': `${schema(2, 'source')}description: Orders by day and region, exported each night
files: ${DATA}
columns: { day: DATE, orders: BIGINT, returns: BIGINT }
`,
    [`queries/${team}/first.sql`]: `select day, region, orders, returns
from orders
where day <= $as_of
`,
    [`reports/${team}/first.yml`]: `${schema(2, 'report')}title: Orders by day
team: ${yamlText(team)}
owner: ${yamlText(owner)}
description: Orders and returns a day, by region.
sources: [orders]
schedule: { cron: "0 6 * * *" }
as_of: { column: day }
key: [day, region]
time: { column: day, period: day }
sort: [-day, region]
dimensions: { region: { label: Region } }
metrics:
  orders: { label: Orders, value: sum(orders), format: ",d", better: higher }
  return_rate: { label: Returned, value: sum(returns) / sum(orders), format: ".1%", better: lower, target: 0.05 }
charts:
  - { type: line, y: orders, by: region }
checks:
  - { column: region, not_null: true }
`,
    [`reports/${team}/first.md`]: `A return rate above 5 % is worth a look at the region that drives it.\n`,
  };
}
