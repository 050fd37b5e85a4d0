import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadInstance } from '../../src/report/load.ts';
import { answerIssue, type AnswerPlace } from '../../src/review/onboard/answer-issue.ts';
import { readAnswer } from '../../src/review/onboard/answer.ts';
import { FIELDS, type FieldName } from '../../src/review/onboard/form.ts';
import { onboardBranch } from '../../src/review/onboard/issue-text.ts';
import { branchHead, openRepository } from '../../src/store/repository.ts';
import { newReport } from '../new.ts';
import type { Asker } from '../new/ask.ts';
import { packageRoot } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { DAYBOOK, GIT, sh } from './stage.ts';

/** A report of the demo: what a person knows before either way begins. */
interface Case {
  id: string;
  data: string;
  /** The name of the data in the query. */
  source: string;
  title: string;
  /** What it shows, in a sentence. */
  description: string;
}

export const CASES: Case[] = [
  { id: 'aviation/flights-daily', data: 'flights-3m.parquet', source: 'flights', title: 'US flights by day', description: 'Flights of two months by day and airport, and how many were on time.' },
  { id: 'wildlife/strikes-weekly', data: 'birdstrikes.csv', source: 'strikes', title: 'Wildlife strikes by week', description: 'Strikes of birds and other wildlife reported by week and size of the animal, with what they cost.' },
  { id: 'climate/global-temperature', data: 'global-temp.csv', source: 'temperature', title: 'Global temperature by year', description: 'How far each year was from the mean, and the ten years that it ends.' },
  { id: 'energy/iowa-electricity', data: 'iowa-electricity.csv', source: 'electricity', title: 'Electricity of Iowa by year', description: 'Electricity generated in Iowa by year and kind of source.' },
  { id: 'economy/us-employment', data: 'us-employment.csv', source: 'employment', title: 'US employment by month', description: 'Jobs outside farming by month and sector, in thousands.' },
];

const TEAMS = [...new Set(CASES.map(({ id }) => id.split('/')[0]!))];

/**
 * What somebody does from “I have a query” to “merged and published”. A step is one thing that a person starts: a file
 * that is written or changed, a command, a look, a click at the Git host. What then runs by itself is no step.
 */
export interface EffortStep {
  what: string;
  /** What the person types into a file; the query is there before. */
  writes?: string;
  /** What the person types elsewhere, Enter among it: a command and its answers, the fields of a form. */
  says?: string;
  /** Options, answers and fields that are filled in, the query among them. */
  values?: number;
  run?: () => Promise<unknown>;
  byItself?: true;
  /** A look or a decision, which no tool should take from people. */
  judges?: true;
  /** Falls away with an app in the repository. */
  spared?: true;
}

/** The name of the step that runs the review by itself. */
export const REVIEW = 'the review';

const DATA = path.join(packageRoot, 'node_modules/vega-datasets/data');
export const PLAIN = path.join(packageRoot, 'tests/effort/plain');
const AUTHOR = `export GIT_AUTHOR_NAME=Author GIT_AUTHOR_EMAIL=author@example.org GIT_COMMITTER_NAME=Author GIT_COMMITTER_EMAIL=author@example.org`;

const nameOf = ({ id }: Case): string => path.basename(id);

const queryOf = ({ id }: Case): Promise<string> => readFile(path.join(packageRoot, 'queries', `${id}.sql`), 'utf8');

/** An end of line at the end begins no line. */
export const countLines = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** A remote, the author's clone and the job's. */
async function publishFirst(folder: string): Promise<void> {
  await sh(folder, `${AUTHOR}; git init -qb main work && cd work && git add -A && ${GIT} commit -qm "Set-up" && git clone -q --bare . ../origin.git && git remote add origin ../origin.git && git fetch -q && git branch -qu origin/main && git clone -q ../origin.git ../job`);
}

/** @param folder empty; gets `work`, `origin.git` and `job` @param macros SQL that queries share */
export async function newPlain(folder: string, macros: string): Promise<void> {
  await cp(path.join(PLAIN, 'shared'), path.join(folder, 'work'), { recursive: true });
  const data = path.join(folder, 'work/lib/data.sql');
  await writeFile(data, `${await readFile(data, 'utf8')}${macros}\n`);
  await copyData(folder);
  await publishFirst(folder);
  await sh(folder, `for where in work job; do ln -s "${packageRoot}/node_modules" $where/node_modules; echo node_modules >> $where/.git/info/exclude; done`);
}

/** As `newPlain`, with an instance of Daybook; git knows the author in `work` alone. */
export async function newInstance(folder: string): Promise<void> {
  const work = path.join(folder, 'work');
  await cp(path.join(packageRoot, 'queries/macros'), path.join(work, 'queries/macros'), { recursive: true });
  await writeFile(path.join(work, 'daybook.yml'), `title: Effort\ninstance: effort\nteams: { ${TEAMS.map((team) => `${team}: { title: ${team} }`).join(', ')} }\nsource_roots: [data]\n`);
  await writeFile(path.join(work, '.gitignore'), '.daybook/\ndist/\n');
  await copyData(folder);
  await publishFirst(folder);
  await sh(work, 'git config user.name Author && git config user.email author@example.org');
}

async function copyData(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'work/data'), { recursive: true });
  for (const { data } of CASES) await cp(path.join(DATA, data), path.join(folder, 'work/data', data));
}

/** By hand: a branch, a commit, a push; then the Git host. */
function landing(folder: string, branch: string): EffortStep[] {
  const work = path.join(folder, 'work');
  return [
    { what: 'git switch', says: `git switch -c ${branch}\n`, run: () => sh(work, `git switch -qc ${branch}`) },
    { what: 'git add', says: 'git add -A\n', run: () => sh(work, 'git add -A') },
    { what: 'git commit', says: `git commit -m "Add report ${branch}"\n`, run: () => sh(work, `${AUTHOR}; git commit -qm "Add report ${branch}"`) },
    { what: 'git push', says: `git push -u origin ${branch}\n`, run: () => sh(work, `git push -q origin ${branch}`) },
    { what: 'open the pull request' },
    mergeOf(folder, branch),
  ];
}

const mergeOf = (folder: string, branch: string): EffortStep => ({ what: 'merge it', judges: true, run: () => sh(path.join(folder, 'job'), `${AUTHOR}; git pull -q --rebase && git merge -q --no-ff -m "Merge ${branch}" origin/${branch} && git push -q`) });

const after = (folder: string): EffortStep => ({ what: 'back on main', byItself: true, run: () => sh(path.join(folder, 'work'), 'git switch -q main && git pull -q') });

/** By hand, in a pull request for all of them: what several reports can share is done once. */
export async function plainSteps(folder: string, cases: readonly Case[]): Promise<EffortStep[]> {
  const work = path.join(folder, 'work');
  const named = await Promise.all(cases.map(async (one) => ({ ...one, name: nameOf(one), script: await readFile(path.join(PLAIN, 'reports', nameOf(one), 'run.mjs'), 'utf8') })));
  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(work, file)), { recursive: true });
    await writeFile(path.join(work, file), text);
  };
  /** Adds lines to a shared file, before a text that stands in it, or at its end. */
  const add = (file: string, ...parts: { lines: string[]; before?: string }[]): EffortStep => ({
    what: `change ${file}`, writes: `${parts.flatMap(({ lines }) => lines).join('\n')}\n`,
    run: async () => {
      const text = await readFile(path.join(work, file), 'utf8');
      await put(file, parts.reduce((whole, { lines, before }) => (before === undefined ? `${whole}${lines.join('\n')}\n` : whole.replace(before, () => [...lines, before].join('\n'))), text));
    },
  });
  const schedules = named.some(({ id }) => id === CASES[0]!.id) ? [{ lines: [`    - cron: '0 6 * * *'`], before: '    # schedules' }] : [];
  const scheduled = named.flatMap(({ name }) => [`      - if: github.event_name != 'schedule' || github.event.schedule == '0 6 * * *'`, `        run: node reports/${name}/run.mjs`]);
  const scripts = named.map(({ name }) => `reports/${name}/run.mjs`);
  return [
    { what: 'bring the queries', run: () => Promise.all(named.map(async (one) => put(`reports/${one.name}/query.sql`, await queryOf(one)))) },
    add('lib/data.sql', { lines: named.map(({ source, data }) => `create view ${source} as from 'data/${data}';`) }),
    ...named.map(({ name, script }): EffortStep => ({ what: `write reports/${name}/run.mjs`, writes: script, run: () => put(`reports/${name}/run.mjs`, script) })),
    add('.github/workflows/publish.yml', ...schedules, { lines: scheduled, before: '      # reports' }),
    add('site/index.html', { lines: named.map(({ name, title }) => `<li><a href="${name}/">${title}</a></li>`), before: '</ul>' }),
    { what: 'try them', says: named.length === 1 ? `node ${scripts[0]}\n` : 'for report in reports/*/run.mjs; do node $report; done\n', run: () => sh(work, scripts.map((script) => `"${process.execPath}" ${script}`).join(' && ')) },
    ...named.map(({ name }): EffortStep => ({ what: `look at ${name}`, judges: true })),
    ...landing(folder, named.length === 1 ? named[0]!.name : 'all'),
    { what: 'the job', byItself: true, run: () => sh(path.join(folder, 'job'), `${AUTHOR}; git pull -q; for report in reports/*/run.mjs; do "${process.execPath}" $report || exit 1; done; git add site; git diff --cached --quiet || git commit -qm Results; git push -q`) },
    after(folder),
  ];
}

/** The author's files: of one report in the clone, untracked; of several beside it in folders by team, as import takes them. */
async function bringQueries(folder: string, cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    const file = path.join(folder, cases.length === 1 ? `work/${nameOf(one)}.sql` : `mine/${one.id}.sql`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, await queryOf(one));
  }
}

/** As review.yml does it: beside the base that is checked out, whose site stands. */
const reviewOf = (folder: string, branch: string): EffortStep => ({ what: REVIEW, byItself: true, run: () => sh(path.join(folder, 'job'), `git pull -q && git fetch -q && ${DAYBOOK} review main..origin/${branch} --out ../review --preview ../preview`) });

const refreshOf = (folder: string): EffortStep => ({ what: 'the job', byItself: true, run: () => sh(path.join(folder, 'job'), `${AUTHOR}; git pull -q; ${DAYBOOK} refresh --push`) });

/**
 * In a clone: `daybook new` for one, asked on a terminal; for several `daybook import` of a folder with a folder for each team. The
 * account that Git or `gh` is signed in with opens the pull request, which is no step then.
 * @param world of the command; its root is replaced
 */
export function cloneSteps(folder: string, cases: readonly Case[], world: World): EffortStep[] {
  const work = path.join(folder, 'work');
  const [first, ...more] = cases;
  const branch = `report/${first!.id.replaceAll('/', '-')}${more.length === 0 ? '' : `-and-${more.length}-more`}`;
  return [
    { what: 'the files of the queries, which the author has', byItself: true, run: () => bringQueries(folder, cases) },
    more.length === 0 ? askedStep(work, first!, world) : { what: 'daybook import', says: 'npx daybook import ../mine --propose\n', values: 1, run: () => sh(work, `${AUTHOR}; ${DAYBOOK} import ../mine --propose`) },
    reviewOf(folder, branch),
    ...cases.map(({ id }): EffortStep => ({ what: `look at what the review says of ${id}`, judges: true })),
    mergeOf(folder, branch),
    refreshOf(folder),
    after(folder),
  ];
}

/** What is enough to say which team is meant. */
function teamKeys(team: string): string {
  const length = [...team].findIndex((_, index) => TEAMS.every((other) => other === team || !other.startsWith(team.slice(0, index + 1))));
  return length < 0 ? team : team.slice(0, length + 1);
}

/** The questions of the terminal as a person answers them: the file is the only SQL that Git does not know, and Enter takes what is suggested. */
function askedStep(work: string, { id, title, description }: Case, world: World): EffortStep {
  const [team] = id.split('/');
  const known: [RegExp, string][] = [[/^team/i, teamKeys(team!)], [/^title/i, title], [/^(description|what)/i, description], [/^open its pull request/i, 'y']];
  const typed = { says: 'npx daybook new\n', values: 1 };
  const ask: Asker = async (question, suggested) => {
    const [, answer = ''] = known.find(([pattern]) => pattern.test(question)) ?? [];
    // Enter takes what is suggested; nobody types the same.
    const own = answer === suggested ? '' : answer;
    typed.says += `${own}\n`;
    typed.values += own === '' ? 0 : 1;
    return own || (suggested ?? '');
  };
  return {
    what: 'daybook new', get says() { return typed.says; }, get values() { return typed.values; },
    run: async () => {
      const code = await newReport({ ...world, root: work, here: undefined, out: () => undefined }, [], {}, ask);
      if (code !== 0) throw new Error(`daybook new ended with ${code}`);
    },
  };
}

/** Stands in for the host's API, of which nothing is called here: no pull request is opened, no comment written, no workflow started. */
const NO_HOST: AnswerPlace['host'] = {
  isOpenIssue: async () => true,
  openPulls: async () => [],
  changedFiles: async () => [],
  pullFrom: async () => null,
  open: async ({ branch, base }) => ({ number: 1, url: 'https://host.invalid/pull/1', branch, isOwn: true, base, state: 'open', head: '', author: null }),
  comments: async () => [],
  comment: async (_number, body) => ({ id: 1, author: 'job', body }),
  editComment: async () => true,
  dispatch: async () => true,
};

/** @param issue its number, another one for each report */
export function formSteps(folder: string, one: Case, issue: number): EffortStep[] {
  const { id, title, description } = one;
  const [team] = id.split('/');
  const job = path.join(folder, 'job');
  const [event, answer] = [path.join(folder, 'event.json'), path.join(folder, 'answer.json')];
  const fields = async (): Promise<{ [name in FieldName]?: string }> => ({ title, team: team!, description, sql: await queryOf(one), template: 'kpi' });
  return [
    { what: 'fill in the form', says: [title, team, description].join(''), values: 4, run: async () => writeFile(event, JSON.stringify(eventOf(issue, await fields()))) },
    { what: 'onboard, the job that reads', byItself: true, run: () => sh(job, `git pull -q; ${DAYBOOK} onboard --event "${event}" --out "${answer}"`) },
    { what: 'onboard, the job that proposes', byItself: true, run: async () => {
      const read = readAnswer(await readFile(answer, 'utf8'), 'answer.json');
      if (read.made === null) throw new Error(`the form of ${id} is refused: ${JSON.stringify(read.problems)}`);
      const repository = await openRepository(job, process.env);
      const { branch, commit } = await branchHead(repository);
      await answerIssue({ repository, branch: branch.replace('refs/heads/', ''), commit, host: NO_HOST, identity: loadInstance(job).git, self: 'job' }, read);
    } },
    reviewOf(folder, onboardBranch(issue)),
    { what: 'look at what the review says', judges: true },
    { what: 'let the other checks run', spared: true },
    mergeOf(folder, onboardBranch(issue)),
    refreshOf(folder),
  ];
}

/** What GitHub tells a workflow of an issue by the form: each field's label as a heading, with its answer below. */
function eventOf(number: number, filled: { [name in FieldName]?: string }): object {
  const answerOf = (name: FieldName): string => (filled[name] === undefined ? '_No response_' : name === 'sql' ? `\`\`\`sql\n${filled[name]}\n\`\`\`` : filled[name]);
  const body = Object.entries(FIELDS).map(([name, { label }]) => `### ${label}\n\n${answerOf(name as FieldName)}`).join('\n\n');
  return { action: 'opened', issue: { number, body, updated_at: new Date().toISOString(), user: { login: 'author' } } };
}
