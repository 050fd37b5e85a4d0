import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { asKnownError, DaybookError, visible } from '../src/error.ts';
import { loadDefinitions, loadInstance, type Definitions } from '../src/report/load.ts';
import { JOB_AUTHOR } from '../src/review/comment.ts';
import { answerIssue } from '../src/review/onboard/answer-issue.ts';
import { ANSWER_FORMAT, readAnswer, writeAnswer, type Answer } from '../src/review/onboard/answer.ts';
import { FIELDS, readForm, type FieldName, type Form, type FormProblem } from '../src/review/onboard/form.ts';
import { slugOf } from '../src/review/onboard/words.ts';
import { branchHead, openRepository } from '../src/store/repository.ts';
import { makeReport } from './new.ts';
import { refuseExisting } from './new/files.ts';
import { subjectOf, type NewOptions } from './new/options.ts';
import { ownerOf, placeOf } from './new/settle.ts';
import { withoutPersonal } from './onboard/personal.ts';
import { hostOf } from './world/host.ts';
import type { World } from './world/world.ts';

interface OnboardOptions {
  event?: string | undefined;
  out?: string | undefined;
  propose?: string | undefined;
  issue?: number | undefined;
  as?: string | undefined;
  editedBy?: string | undefined;
}

/** Bytes: what a host sends of an issue is far less. */
const LARGEST = 4_000_000;

/** An issue form to a pull request, in two steps: one runs the query and has no rights, the other has the rights and runs nothing. Returns the exit code. */
export async function onboard(world: World, { event, out, propose, issue, as = JOB_AUTHOR, editedBy = '' }: OnboardOptions): Promise<number> {
  if (event !== undefined && out !== undefined && propose === undefined) return readIssue(world, event, out);
  if (propose !== undefined && issue !== undefined && event === undefined) return proposeIssue(world, propose, { issue, self: as, editedBy });
  throw new DaybookError('wrong-use', 'one step needs --event and --out, the other --propose and --issue', {}, 'See `npx daybook onboard --help`.');
}

const eventSchema = z.object({
  issue: z.object({ number: z.int().positive(), body: z.string().nullable(), updated_at: z.string(), user: z.object({ login: z.string() }).nullable() }),
});

/** The first step: what a host says of an issue becomes a file with the report, or with what is wrong. */
async function readIssue(world: World, event: string, out: string): Promise<number> {
  const parsed = eventSchema.safeParse(JSON.parse(await readWithin(event)));
  if (!parsed.success) throw new DaybookError('wrong-use', 'the event is not that of an issue', { file: path.basename(event) }, 'Give the file that GITHUB_EVENT_PATH names, of an event `issues`.');
  const { number, body, updated_at: updated, user } = parsed.data.issue;
  const { form, problems } = readForm(body ?? '');
  const result = problems.length > 0 ? { made: null, problems } : await reportOf(world, form, user?.login ?? null);
  const answer: Answer = { format: ANSWER_FORMAT, issue: number, changed: `${new Date(updated).toISOString().slice(0, 19)}Z`, by: user?.login ?? 'ghost', ...result };
  await writeFile(out, writeAnswer(answer));
  world.out(answer.made ? `#${number}: ${answer.made.report} runs, ${answer.made.rows} rows` : `#${number}: no report; problems found: ${answer.problems.length}`);
  return 0;
}

/** Fields that are told as wrong together: each edit of an issue waits for a job, so the form is tried again without them. */
const TOGETHER: readonly FieldName[] = ['team', 'schedule', 'template', 'key'];
/** What is wrong with these does not come of what stands in for a wrong one of those, as an id that is taken may. */
const BESIDES: readonly FieldName[] = ['sql', 'sources', 'data'];

/** The report that a form makes, or all that is wrong with it. */
async function reportOf(world: World, form: Form, by: string | null): Promise<Pick<Answer, 'made' | 'problems'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-onboard-'));
  const sqlFile = path.join(folder, 'query.sql');
  const problems: FormProblem[] = [];
  const left = new Set(TOGETHER);
  let tried = form;
  try {
    for (;;) {
      try {
        const made = await make(world, tried, by, sqlFile);
        return { made: problems.length > 0 ? null : made, problems };
      } catch (cause) {
        const error = asKnownError(cause);
        if (!error) throw cause;
        const problem = problemOf(error, sqlFile);
        const isOf = (name: FieldName): boolean => FIELDS[name].label === problem.field;
        const wrong = [...left].find(isOf);
        if (problems.length === 0 || wrong !== undefined || BESIDES.some(isOf)) problems.push(problem);
        if (wrong === undefined) return { made: null, problems };
        left.delete(wrong);
        tried = { ...tried, [wrong]: wrong === 'team' ? Object.keys(loadInstance(world.root).teams)[0] ?? null : null };
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param by who filled the form in: the owner where nobody is named, and the team has not one for all of its reports */
async function make(world: World, form: Form, by: string | null, sqlFile: string): Promise<Answer['made']> {
  const { title, team, description, sql, data, schedule, key, template, narrative } = form;
  const set = (value: string | null): string | undefined => value ?? undefined;
  if (sql === null && data === null) throw new DaybookError('wrong-use', 'neither SQL nor a data file is given', { key: 'sql' }, 'Fill in “SQL” or “Data file”, or both.');
  if (sql !== null) await writeFile(sqlFile, sql);
  const id = form.id ?? `${team}/${slugOf(title ?? '')}`;
  const definitions: Definitions = loadDefinitions(world.root);
  const owner = form.owner ?? ownerOf(team ?? '', definitions.reports) ?? (by && `@${by}`);
  const options: NewOptions = { sql: sql === null ? undefined : sqlFile, data: data === null ? [] : [data], title: set(title), description: set(description), team: set(team), owner: set(owner), sources: set(form.sources), schedule: set(schedule), template: set(template) };
  const subject = await subjectOf(world, options, definitions, null);
  const open = await withoutPersonal(world.root, definitions, subject, (form.sources ?? '').split(',').map((name) => name.trim()));
  const placed = { ...await placeOf(id, subject, options, definitions.instance, null), key: key?.split(',').map((name) => name.trim()).filter(Boolean) };
  const text = `reports/${placed.id}.md`;
  if (narrative !== null) await refuseExisting(world.root, [text]);
  const { title: given, files, outcome: { asOf, result, warnings } } = await makeReport(world, open, placed, options, { ask: null, address: null });
  if (narrative !== null) files.set(text, `${narrative}\n`);
  return {
    report: placed.id, title: given, files: Object.fromEntries(files), as_of: asOf, rows: result.rows.count,
    metrics: result.metrics.slice(0, 50).map(({ name, value, period }) => ({ name, value, period })), warnings: warnings.slice(0, 50).map((warning) => warning.slice(0, 4000)),
  };
}

/** Options of the command that fields of the form stand for. */
const OPTIONS = { sql: 'sql', data: 'data', title: 'title', description: 'description', team: 'team', owner: 'owner', sources: 'sources', schedule: 'schedule', template: 'template' } as const;

/** An error in the words of the form: the author has neither a command line nor the file of the query. */
function problemOf(error: DaybookError, sqlFile: string): FormProblem {
  const words = (text: string): string => text.replaceAll(sqlFile, 'the query').replace(/--([a-z]+)/g, (option, name: string) => (name in OPTIONS ? `“${FIELDS[OPTIONS[name as keyof typeof OPTIONS]].label}”` : option)).slice(0, 4000);
  const { file, line, key } = error.place;
  const inQuery = file !== undefined && (file.endsWith('.sql') || path.basename(sqlFile) === path.basename(file));
  const named = inQuery ? 'sql' : key === 'teams' ? 'team' : file === undefined ? key : undefined;
  const field = named !== undefined && Object.hasOwn(FIELDS, named) ? FIELDS[named as FieldName].label : null;
  return { field, line: inQuery ? line ?? null : null, message: words(field === null && file !== undefined ? `${file}: ${error.message}` : error.message), remedy: words(error.remedy) };
}

/** The second step: a pull request, or a comment that says what is wrong. */
async function proposeIssue(world: World, file: string, { issue, self, editedBy }: { issue: number; self: string; editedBy: string }): Promise<number> {
  const repository = await openRepository(world.root, world.env);
  const host = await hostOf(world, repository);
  if (host === null) throw new DaybookError('host-failed', 'There is no token for the Git host', {}, 'Run it in the workflow onboard.yml, which gives GITHUB_TOKEN, or set GITHUB_TOKEN and GITHUB_REPOSITORY.');
  // The host says only now who has edited an issue, and the report would be told as its author’s.
  if (editedBy !== '' && editedBy !== (await host.issueAuthor(issue)) && !(await host.mayWrite(editedBy))) {
    world.out(visible(`#${issue}: ${editedBy} has edited the form, who is neither its author nor may write here: nothing was done`));
    return 0;
  }
  const { branch, commit } = await branchHead(repository);
  const { git: identity } = loadInstance(world.root);
  const place = { repository, branch: branch.replace('refs/heads/', ''), commit, host, identity, self };
  try {
    world.out(await answerIssue(place, await readOwn(file, issue)));
    return 0;
  } catch (cause) {
    // Whoever asked does not look at the log of a job.
    if (cause instanceof DaybookError && cause.code === 'answer-broken') await answerIssue(place, { ...NO_ANSWER, issue });
    throw cause;
  }
}

const NO_ANSWER: Omit<Answer, 'issue'> = {
  format: ANSWER_FORMAT, changed: '1970-01-01T00:00:00Z', by: '', made: null,
  problems: [{ field: null, line: null, message: 'the job ended before it had an answer', remedy: 'This is not your mistake: somebody who looks after this repository has to read the log of the job.' }],
};

async function readOwn(file: string, issue: number): Promise<Answer> {
  const name = path.basename(file);
  const text = await readWithin(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new DaybookError('answer-broken', 'The job that reads the form has left no answer', { file: name });
  });
  const answer = readAnswer(text, name);
  if (answer.issue !== issue) throw new DaybookError('answer-broken', `The answer is to issue ${answer.issue}, not to ${issue}`, { file: name });
  return answer;
}

async function readWithin(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > LARGEST) throw new DaybookError('wrong-use', `it has more than ${LARGEST} bytes`, { file: path.basename(file) });
  return readFile(file, 'utf8');
}
