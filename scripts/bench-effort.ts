import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from './files.ts';
import { GIT, sh, type StageResult, type Surroundings } from './bench-stage.ts';
import { measure } from './meter.ts';

/** A report of the demo: what a person knows before either way begins. */
interface Case {
  id: string;
  data: string;
  /** The name of the data in the query. */
  source: string;
  /** Declared types, where the file does not say them. */
  columns: string | null;
  title: string;
}

const CASES: Case[] = [
  { id: 'aviation/flights-daily', data: 'flights-3m.parquet', source: 'flights', columns: null, title: 'US flights by day' },
  { id: 'wildlife/strikes-weekly', data: 'birdstrikes.csv', source: 'strikes', columns: null, title: 'Wildlife strikes by week' },
  { id: 'climate/global-temperature', data: 'global-temp.csv', source: 'temperature', columns: null, title: 'Global temperature by year' },
  { id: 'energy/iowa-electricity', data: 'iowa-electricity.csv', source: 'electricity', columns: null, title: 'Electricity of Iowa by year' },
  { id: 'economy/us-employment', data: 'us-employment.csv', source: 'employment', columns: null, title: 'US employment by month' },
];

/**
 * What somebody does from “I have a query” to “merged and published”. A step is one thing that a person starts: a file
 * that is written or changed, a command, a look, a click at the Git host. What then runs by itself is no step.
 */
interface Step {
  what: string;
  /** Lines that the person types into a file. */
  lines?: number;
  run?: () => Promise<unknown>;
  byItself?: true;
}

interface Effort {
  steps: number;
  files: number;
  lines: number;
  /** Of the commands, on this machine; a person's time is not in it. */
  seconds: number;
  cpuSeconds: number;
}

const DATA = path.join(packageRoot, 'node_modules/vega-datasets/data');
const PLAIN = path.join(packageRoot, 'tests/effort/plain');
const DAYBOOK = `"${process.execPath}" "${path.join(packageRoot, 'scripts/daybook.ts')}"`;
const AUTHOR = `export GIT_AUTHOR_NAME=Author GIT_AUTHOR_EMAIL=author@example.org GIT_COMMITTER_NAME=Author GIT_COMMITTER_EMAIL=author@example.org`;

/** Five real reports, each made by hand in a plain repository and with Daybook: steps, files, lines and the machine's seconds. */
export async function benchEffort({ world, folder }: Surroundings): Promise<StageResult> {
  const macros = await sh(packageRoot, 'cat queries/macros/*.sql');
  await Promise.all([newPlain(path.join(folder, 'plain'), macros), newInstance(path.join(folder, 'daybook'))]);
  const rows: { id: string; hand: Effort; ours: Effort; proposed: number }[] = [];
  for (const one of CASES) {
    world.err(`  ${one.id}`);
    const query = await readFile(path.join(packageRoot, 'queries', `${one.id}.sql`), 'utf8');
    const hand = await doSteps(await plainSteps(path.join(folder, 'plain'), one, query));
    const ours = await doSteps(daybookSteps(path.join(folder, 'daybook'), one, query));
    const yaml = await readFile(path.join(folder, 'daybook/work/reports', `${one.id}.yml`), 'utf8');
    rows.push({ id: one.id, hand, ours, proposed: countLines(yaml) });
  }
  const total = (side: 'hand' | 'ours', what: keyof Effort): number => rows.reduce((sum, row) => sum + row[side][what], 0);
  const less = (what: keyof Effort): number => 100 * (1 - total('ours', what) / total('hand', what));
  const shared = await sh(PLAIN, 'cat shared/package.json shared/.github/workflows/publish.yml shared/lib/* shared/site/* | wc -l');
  const cells = ({ hand, ours }: { hand: Effort; ours: Effort }): string => (['steps', 'files', 'lines'] as const).map((what) => `${hand[what]} | ${ours[what]}`).join(' | ') + ` | ${hand.seconds.toFixed(1)} | ${ours.seconds.toFixed(1)}`;
  const sums = (side: 'hand' | 'ours'): Effort => ({ steps: total(side, 'steps'), files: total(side, 'files'), lines: total(side, 'lines'), seconds: total(side, 'seconds'), cpuSeconds: total(side, 'cpuSeconds') });
  return {
    stage: 'effort', what: 'five reports of the demo, from a query to merged and published, by hand in a plain repository and with Daybook',
    measures: [['by hand', 'hand'] as const, ['with Daybook', 'ours'] as const].map(([name, side]) => ({ name: `${name}, commands of all five`, measure: { seconds: total(side, 'seconds'), cpuSeconds: total(side, 'cpuSeconds'), peakMb: null } })),
    figure: { name: 'lines that a person writes, less', value: less('lines'), aim: 90, unit: ' %' },
    notes: [
      '', '| report | steps by hand | Daybook | files by hand | Daybook | lines by hand | Daybook | seconds by hand | Daybook |', '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...rows.map((row) => `| \`${row.id}\` | ${cells(row)} |`), `| all five | ${cells({ hand: sums('hand'), ours: sums('ours') })} |`,
      `| less | | ${less('steps').toFixed(0)} % | | ${less('files').toFixed(0)} % | | ${less('lines').toFixed(0)} % | | ${(total('ours', 'seconds') / total('hand', 'seconds')).toFixed(1)} times as many |`,
      '', `Lines that \`daybook new\` proposes, to be read: ${rows.map(({ proposed }) => proposed).join(', ')}. Set-up of the plain repository, once: ${shared.trim()} lines.`,
    ],
  };
}

async function doSteps(steps: readonly Step[]): Promise<Effort> {
  const effort: Effort = { steps: 0, files: 0, lines: 0, seconds: 0, cpuSeconds: 0 };
  for (const { lines, run, byItself } of steps) {
    if (!byItself) effort.steps += 1;
    if (lines !== undefined) effort.files += 1;
    effort.lines += lines ?? 0;
    if (!run) continue;
    const { measure: taken } = await measure(run);
    if (lines !== undefined) continue;
    effort.seconds += taken.seconds;
    effort.cpuSeconds += taken.cpuSeconds ?? 0;
  }
  return effort;
}

const countLines = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** A remote, the author's clone and the job's. */
async function publishFirst(folder: string): Promise<void> {
  await sh(folder, `${AUTHOR}; git init -qb main work && cd work && git add -A && ${GIT} commit -qm "Set-up" && git clone -q --bare . ../origin.git && git remote add origin ../origin.git && git fetch -q && git branch -qu origin/main && git clone -q ../origin.git ../job`);
}

async function newPlain(folder: string, macros: string): Promise<void> {
  await cp(path.join(PLAIN, 'shared'), path.join(folder, 'work'), { recursive: true });
  const data = path.join(folder, 'work/lib/data.sql');
  await writeFile(data, `${await readFile(data, 'utf8')}${macros}\n`);
  await copyData(folder);
  await publishFirst(folder);
  await sh(folder, `for where in work job; do ln -s "${packageRoot}/node_modules" $where/node_modules; echo node_modules >> $where/.git/info/exclude; done`);
}

async function newInstance(folder: string): Promise<void> {
  const work = path.join(folder, 'work');
  await cp(path.join(packageRoot, 'queries/macros'), path.join(work, 'queries/macros'), { recursive: true });
  const teams = [...new Set(CASES.map(({ id }) => id.split('/')[0]!))];
  await writeFile(path.join(work, 'daybook.yml'), `title: Effort\ninstance: effort\nteams: { ${teams.map((team) => `${team}: { title: ${team} }`).join(', ')} }\nsource_roots: [data]\n`);
  await writeFile(path.join(work, '.gitignore'), '.daybook/\ndist/\n');
  await copyData(folder);
  await publishFirst(folder);
}

async function copyData(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'work/data'), { recursive: true });
  for (const { data } of CASES) await cp(path.join(DATA, data), path.join(folder, 'work/data', data));
}

/** The same in both ways: a branch, a commit, a push; then the Git host. */
function landing(folder: string, name: string): Step[] {
  const work = path.join(folder, 'work');
  return [
    { what: 'git switch', run: () => sh(work, `git switch -qc ${name}`) },
    { what: 'git add', run: () => sh(work, 'git add -A') },
    { what: 'git commit', run: () => sh(work, `${AUTHOR}; git commit -qm "Add report ${name}"`) },
    { what: 'git push', run: () => sh(work, `git push -q origin ${name}`) },
    { what: 'open the pull request' },
    { what: 'merge it', run: () => sh(path.join(folder, 'job'), `${AUTHOR}; git pull -q --rebase && git merge -q --no-ff -m "Merge ${name}" origin/${name} && git push -q`) },
  ];
}

const after = (folder: string): Step => ({ what: 'back on main', byItself: true, run: () => sh(path.join(folder, 'work'), 'git switch -q main && git pull -q') });

async function plainSteps(folder: string, { id, data, source, title }: Case, query: string): Promise<Step[]> {
  const name = path.basename(id);
  const work = path.join(folder, 'work');
  const script = await readFile(path.join(PLAIN, 'reports', name, 'run.mjs'), 'utf8');
  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(work, file)), { recursive: true });
    await writeFile(path.join(work, file), text);
  };
  /** Adds lines before or behind a text that stands in a shared file. */
  const add = (file: string, lines: string[], mark: string | null): Step => ({
    what: `change ${file}`, lines: lines.length,
    run: async () => {
      const before = await readFile(path.join(work, file), 'utf8');
      await put(file, mark === null ? `${before}${lines.join('\n')}\n` : before.replace(mark, () => `${lines.join('\n')}\n${mark}`));
    },
  });
  const step = [`      - if: github.event_name != 'schedule' || github.event.schedule == '0 6 * * *'`, `        run: node reports/${name}/run.mjs`];
  return [
    { what: 'bring the query', run: () => put(`reports/${name}/query.sql`, query) },
    add('lib/data.sql', [`create view ${source} as from 'data/${data}';`], null),
    { what: `write reports/${name}/run.mjs`, lines: countLines(script), run: () => put(`reports/${name}/run.mjs`, script) },
    add('.github/workflows/publish.yml', name === 'flights-daily' ? [`    - cron: '0 6 * * *'`, ...step] : step, '      # reports'),
    add('site/index.html', [`<li><a href="${name}/">${title}</a></li>`], '</ul>'),
    { what: 'try it', run: () => sh(work, `"${process.execPath}" reports/${name}/run.mjs`) },
    { what: 'look at it' },
    ...landing(folder, name),
    { what: 'the job', byItself: true, run: () => sh(path.join(folder, 'job'), `${AUTHOR}; git pull -q; for report in reports/*/run.mjs; do "${process.execPath}" $report || exit 1; done; git add site; git diff --cached --quiet || git commit -qm Results; git push -q`) },
    after(folder),
  ];
}

function daybookSteps(folder: string, { id, data, source, columns, title }: Case, query: string): Step[] {
  const [team] = id.split('/');
  const name = id.replaceAll('/', '-');
  const work = path.join(folder, 'work');
  const described = [`files: data/${data}`, ...(columns === null ? [] : [`columns: ${columns}`])];
  const describe = async (): Promise<void> => {
    await mkdir(path.join(work, 'queries/sources'), { recursive: true });
    await writeFile(path.join(work, `queries/sources/${source}.yml`), `${described.join('\n')}\n`);
  };
  return [
    { what: `write queries/sources/${source}.yml`, lines: described.length, run: describe },
    { what: 'daybook new', run: async () => {
      await writeFile(path.join(folder, 'mine.sql'), query);
      await sh(work, `${DAYBOOK} new ${id} --sql ../mine.sql --title "${title}" --owner ${team}@example.org`);
    } },
    { what: 'look at it' },
    ...landing(folder, name),
    { what: 'the job', byItself: true, run: () => sh(path.join(folder, 'job'), `${AUTHOR}; git pull -q; ${DAYBOOK} refresh --push`) },
    after(folder),
  ];
}
