import { load } from 'js-yaml';

/*
 * What linters of workflows do not ask: how far each may be trusted. A rule is a function from a workflow to what breaks it.
 */

interface Step {
  uses?: string;
  run?: string;
  if?: string;
  env?: { [name: string]: string };
  with?: { [name: string]: unknown };
}

interface Job {
  permissions?: { [scope: string]: string } | string;
  'timeout-minutes'?: number;
  'runs-on'?: string;
  steps?: Step[];
  if?: string;
}

interface Workflow {
  on: { [trigger: string]: unknown };
  permissions?: unknown;
  concurrency?: unknown;
  jobs: { [name: string]: Job };
}

interface Read extends Workflow {
  file: string;
  text: string;
}

/** Checkouts that keep the token, since the job pushes; each says so in the lines above. */
const PUSHES = new Set(['refresh.yml refresh', 'onboard.yml propose', 'comment.yml publish']);
/** Triggers by which a stranger's text comes to a job of the default branch. */
const STRANGERS = ['issues', 'issue_comment', 'workflow_run', 'pull_request'];
const NEVER = ['pull_request_target', 'issue_comment', 'discussion', 'discussion_comment', 'repository_dispatch'];

type Rule = (workflow: Read) => string[];

const steps = ({ jobs }: Workflow): [job: string, step: Step][] => Object.entries(jobs).flatMap(([name, { steps: own = [] }]) => own.map((step): [string, Step] => [name, step]));
const OWN = ["vars.DAYBOOK_PREVIEWS == 'pages'", 'github.event.workflow_run.head_repository.full_name == github.repository'];
const DEFAULT = ["github.event_name == 'workflow_dispatch'", 'github.ref_name == github.event.repository.default_branch'];
const BASE_BRANCH = '${{ github.event.pull_request.base.ref || github.event.repository.default_branch }}';
/** Whether a condition is false wherever that part of it is. */
const demands = (condition: string, part: string): boolean => {
  const outer = condition.replace(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '');
  return !outer.includes('||') && outer.split('&&').some((one) => one.trim() === part);
};
const uses = (step: Step, action: string): boolean => step.uses?.startsWith(`${action}@`) ?? false;

export const RULES: { [name: string]: Rule } = {
  'every action is pinned by its commit, with the version beside it': ({ text }) =>
    [...text.matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].flatMap(([, used = '']) => (/^[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used) ? [] : [used])),
  'the workflow as a whole has no rights': ({ permissions }) => (JSON.stringify(permissions) === '{}' ? [] : [JSON.stringify(permissions) ?? 'none written']),
  'the rights of a job are named one by one': ({ jobs }) => Object.entries(jobs).flatMap(([name, { permissions = {} }]) => (typeof permissions === 'object' ? [] : [name])),
  'each checkout says whether it keeps the token, and keeps it only to push': (workflow) =>
    steps(workflow).flatMap(([job, step]) => (!uses(step, 'actions/checkout') || step.with?.['persist-credentials'] === false || (step.with?.['persist-credentials'] === true && PUSHES.has(`${workflow.file} ${job}`)) ? [] : [job])),
  'no line of shell has an expression in it': (workflow) => steps(workflow).flatMap(([, { run = '', uses: action, with: inputs }]) => [run, action?.startsWith('actions/github-script@') ? String(inputs?.['script']) : ''].filter((one) => one.includes('${{'))),
  'no trigger gives a stranger’s code rights': ({ on, file }) => [...NEVER, ...(file === 'comment.yml' ? [] : ['workflow_run'])].filter((trigger) => trigger in on),
  'after another workflow, trusted code alone is checked out': (workflow) =>
    ('workflow_run' in workflow.on ? steps(workflow) : []).flatMap(([job, { run = '', uses: action = '', with: inputs = {} }]) => (action.startsWith('actions/checkout@') && ('ref' in inputs || 'repository' in inputs) ? [job] : /git (fetch|checkout|switch|pull|clone)/.test(run) ? [run] : [])),
  'after another workflow, a job pushes only where the instance has chosen it, and only for branches of this repository': ({ on, jobs }) =>
    ('workflow_run' in on ? Object.entries(jobs) : []).flatMap(([name, { permissions, if: condition = '' }]) => (['contents', 'pages'].some((scope) => (permissions as { [scope: string]: string } | undefined)?.[scope] === 'write') && !OWN.every((one) => demands(condition, one)) ? [name] : [])),
  'each job ends': ({ jobs }) => Object.entries(jobs).flatMap(([name, { 'timeout-minutes': minutes }]) => (minutes !== undefined && minutes <= 60 ? [] : [name])),
  'each runner is of a named version': ({ jobs }) => Object.entries(jobs).flatMap(([name, { 'runs-on': on = '' }]) => (/-\d+\.\d+$/.test(on) ? [] : [name])),
  'runs do not trip over each other': ({ concurrency }) => (concurrency === undefined ? ['no concurrency'] : []),
  'where strangers have a say, no cache is kept that other runs read': (workflow) => {
    const { on } = workflow;
    // Caches of a pull request's own runs are read by nobody else; with another trigger, the same job runs for the default branch.
    const shared = STRANGERS.some((trigger) => trigger in on) && !('push' in on && Object.keys(on).length === 2);
    return steps(workflow).flatMap(([job, step]) => ((STRANGERS.some((trigger) => trigger in on) && (uses(step, 'actions/cache') || uses(step, 'actions/cache/save'))) || (shared && uses(step, 'actions/setup-node') && (step.with?.['cache'] !== undefined || step.with?.['package-manager-cache'] !== false)) ? [job] : []));
  },
  'what a pull request starts takes no cache of its own, which an earlier commit may have filled': (workflow) =>
    steps('pull_request' in workflow.on ? workflow : { ...workflow, jobs: {} }).flatMap(([job, step]) => ((uses(step, 'actions/cache') || uses(step, 'actions/cache/restore')) && !DEFAULT.every((one) => demands(step.if ?? '', one)) ? [job] : [])),
  'where a pull request is reviewed, the tip of the branch that it is for says what runs, and nobody names a commit': ({ on, jobs }) =>
    ('pull_request' in on && 'workflow_dispatch' in on ? Object.values(jobs) : []).flatMap(({ steps: own = [] }) => {
      const [checkout, second] = own;
      const isTaken = checkout !== undefined && uses(checkout, 'actions/checkout') && !('ref' in (checkout.with ?? {})) && second?.run?.startsWith('git checkout --quiet --detach "refs/remotes/origin/$BRANCH" && ') && second.env?.['BRANCH'] === BASE_BRANCH;
      const others = own.slice(2).filter(({ run = '', env = {} }) => /git (checkout|switch|reset)/.test(run) || 'BASE' in env);
      return [...(isTaken ? [] : ['the first steps']), ...others.map(({ run = '' }) => run)];
    }),
  'what a pull request starts can read only, and knows no secret': ({ on, jobs, text }) =>
    'pull_request' in on ? [...Object.entries(jobs).flatMap(([name, { permissions }]) => (JSON.stringify(permissions) === '{"contents":"read"}' ? [] : [name])), ...(text.match(/\bsecrets\b|github\.token|GITHUB_TOKEN/g) ?? [])] : [],
};

/** What breaks rules, by the rule. */
export function broken(file: string, text: string): { [rule: string]: string[] } {
  const workflow: Read = { ...(load(text) as Workflow), file, text };
  return Object.fromEntries(Object.entries(RULES).map(([name, rule]) => [name, rule(workflow)] as const).filter(([, found]) => found.length > 0));
}
