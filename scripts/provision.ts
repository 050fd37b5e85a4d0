import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError, describe, visible } from '../src/error.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { adminsOf, codeowners, CODEOWNERS_FILE } from '../src/review/codeowners.ts';
import { collect } from '../src/review/collect.ts';
import { openSettings } from '../src/review/github-settings.ts';
import { openGitHub } from '../src/review/github.ts';
import { requiredChecks, type WorkflowFile } from '../src/review/provision-checks.ts';
import { applyPlan, planOf, type SettingsPlan, type SettingsStep } from '../src/review/provision.ts';
import type { Settings } from '../src/review/settings.ts';
import { openRepository } from '../src/store/repository.ts';
import { writeWhole } from './world/files.ts';
import { hostOptions } from './world/host.ts';
import type { World } from './world/world.ts';

interface Options {
  dryRun: boolean;
  app?: number;
  admins: string[];
  approvals?: number;
}

const WORKFLOWS = '.github/workflows';
/** GitHub’s own app, which enters the checks of workflows, on github.com; other hosts number it themselves. */
const ACTIONS_APP = 15_368;
const GITHUB_API = 'https://api.github.com';
const APP_TOKEN = 'create-github-app-token';

/** Sets the repository on its host as Daybook needs it: says what differs, then changes that. Returns the exit code. */
export async function provision(world: World, { dryRun, app, admins, approvals }: Options): Promise<number> {
  const options = await hostOptions(world, await openRepository(world.root, world.env));
  if (!world.env['GITHUB_TOKEN']) throw new DaybookError('wrong-use', 'GITHUB_TOKEN is not set: also to say what would change, the host has to be asked', {}, 'Give a token in GITHUB_TOKEN; see the page on repository settings for its rights.');
  if (options === null) throw new DaybookError('wrong-use', '`origin` is not on GitHub', {}, 'Give the repository as owner/name in GITHUB_REPOSITORY.');
  const settings = openSettings(options);
  const workflows = await readWorkflows(world.root);
  const wanted = { defaultBranch: await openGitHub(options).defaultBranch(), app: app ?? null, approvals: approvals ?? null, checks: requiredChecks(workflows), checkedBy: options.api === GITHUB_API ? ACTIONS_APP : null };
  const plan = await planOf(settings, wanted);
  const notes = notesOf(wanted.app, workflows);
  plan.steps.push(...(await codeownersSteps(world, admins, notes)));
  notes.push(...(await unknownOwners(settings, plan)));

  const say = ({ texts }: SettingsStep): void => {
    for (const text of texts) world.out(visible(`${dryRun ? 'would change' : 'changed'}  ${text}`));
  };
  if (plan.steps.length === 0) world.out(plan.problems.length === 0 ? 'Nothing to change: all is as it should be.' : 'Nothing else to change.');
  if (dryRun) plan.steps.forEach(say);
  else plan.problems.push(...(await applyPlan(plan, say)));
  for (const note of notes) world.err(visible(note));
  for (const problem of plan.problems) world.err(describe(problem));
  return plan.problems.length > 0 ? 2 : dryRun && plan.steps.length > 0 ? 1 : 0;
}

async function readWorkflows(root: string): Promise<WorkflowFile[]> {
  const names = (await readdir(path.join(root, WORKFLOWS)).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(path.join(root, WORKFLOWS, name), 'utf8') })));
}

function notesOf(app: number | null, workflows: readonly WorkflowFile[]): string[] {
  if (app === null) return ['Pull requests and checks are not required: the job pushes with its own token, which no rule can let by. Give the number of an app that lands snapshots in its place: --app <id>.'];
  const usesApp = workflows.some(({ text }) => text.includes(APP_TOKEN));
  return usesApp ? [] : [`No workflow takes a token of the app ${app} yet (${APP_TOKEN}), so the rules refuse the snapshots of the next job: see “Repository settings” in the documentation.`];
}

async function codeownersSteps(world: World, admins: readonly string[], notes: string[]): Promise<SettingsStep[]> {
  const before = await textIn(world.root, CODEOWNERS_FILE);
  const older = before === null ? await olderOwners(world.root) : null;
  const text = before ?? older?.text ?? '';
  const definitions = loadDefinitions(world.root);
  const found = codeowners(ownedReports(definitions), admins.length > 0 ? admins : adminsOf(text), text);
  notes.push(...found.notes, ...[...definitions.broken.keys()].map((id) => `${id}: it cannot be read, so CODEOWNERS names nobody for it: see \`npx daybook validate\`, then run this again.`));
  if (older) notes.push(`${older.file}: GitHub reads it no more where ${CODEOWNERS_FILE} is, which has its lines now: remove it.`);
  if (found.text === before) return [];
  return [{ texts: [`${CODEOWNERS_FILE}: from the owners of the reports${older ? ` and the lines of ${older.file}` : ''}, for you to commit`], apply: () => writeWhole(path.join(world.root, CODEOWNERS_FILE), found.text) }];
}

/** What GitHub reads where the file of Daybook is not there, the first that is. */
async function olderOwners(root: string): Promise<{ file: string; text: string } | null> {
  for (const file of ['CODEOWNERS', 'docs/CODEOWNERS']) {
    const text = await textIn(root, file);
    if (text !== null) return { file, text };
  }
  return null;
}

function textIn(root: string, file: string): Promise<string | null> {
  return readFile(path.join(root, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
}

function ownedReports({ reports }: Definitions): Parameters<typeof codeowners>[0] {
  return [...reports.values()].map(({ id, owner, file, query, approvers }) => ({ id, owner, file, query: query.file, approved: approvers > 0 }));
}

/** Of the file as the default branch has it: who was asked for a review and is nobody there. */
async function unknownOwners(settings: Settings, plan: SettingsPlan): Promise<string[]> {
  const errors = (await collect(plan, () => settings.codeownersErrors())) ?? [];
  return errors.map(({ path: file, line, kind, owner }) => `${file}:${line} on the default branch: ${kind}: ${owner}`);
}
