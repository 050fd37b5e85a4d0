import { DaybookError } from '../error.ts';
import { plural } from '../snapshot/count.ts';
import { collect } from './collect.ts';
import type { BypassActor, Environment, Label, Rule, Ruleset, Settings } from './settings.ts';

/** What a repository shall be set to. */
interface WantedSettings {
  /** Without `refs/heads/`. */
  defaultBranch: string;
  /**
   * The app that lands snapshots, by its number; null: the job pushes with its own token, which no rule lets by, so no rule may
   * ask for a pull request.
   */
  app: number | null;
  /** How many people have to approve a pull request; null: one, or as many more as it is set to. */
  approvals: number | null;
  /** Names of checks, and the app that has to have entered them; null: any. */
  checks: string[];
  checkedBy: number | null;
}

/** What is changed together, and fails together. */
export interface SettingsStep {
  /** Each difference between what is and what is wanted: `ruleset Daybook: no force-push`. */
  texts: string[];
  apply: () => Promise<void>;
}

export interface SettingsPlan {
  steps: SettingsStep[];
  /** What could not be read. */
  problems: DaybookError[];
}

const RULESET = 'Daybook';
/** Where the key of the writer's app lies: only jobs of the default branch can read it there. */
const WRITER = 'daybook-writer';
const PAGES = 'github-pages';

const LABELS: readonly Label[] = [
  { name: 'new-report', color: '1d76db', description: 'Asks for a report by the issue form' },
  { name: 'accepted', color: '0e8a16', description: 'A member has read the request: its query may be run' },
];

/** What differs, in the order in which it is to be applied. Nothing is written. */
export async function planOf(settings: Settings, wanted: WantedSettings): Promise<SettingsPlan> {
  const plan: SettingsPlan = { steps: [], problems: [] };
  const parts = [
    () => rulesetSteps(settings, wanted),
    ...LABELS.map((label) => async () => ((await settings.hasLabel(label.name)) ? [] : [{ texts: [`label ${label.name}: add it`], apply: () => settings.addLabel(label) }])),
    () => pagesSteps(settings),
    ...[PAGES, ...(wanted.app === null ? [] : [WRITER])].map((name) => () => environmentSteps(settings, name, wanted.defaultBranch)),
  ];
  for (const part of parts) plan.steps.push(...((await collect(plan, part)) ?? []));
  return plan;
}

/** Applies what it can. @returns what the host refused; the rest is done */
export async function applyPlan({ steps }: Pick<SettingsPlan, 'steps'>, done: (step: SettingsStep) => void): Promise<DaybookError[]> {
  const problems: DaybookError[] = [];
  for (const step of steps) {
    const ended = await collect({ problems }, async () => {
      await step.apply();
      return true;
    });
    if (ended) done(step);
  }
  return problems;
}

async function rulesetSteps(settings: Settings, wanted: WantedSettings): Promise<SettingsStep[]> {
  const before = await settings.ruleset(RULESET);
  const bypass: BypassActor[] | null = wanted.app === null ? (before?.bypass ?? null) : [{ actor_id: wanted.app, actor_type: 'Integration', bypass_mode: 'always' }];
  const rules = rulesOf(wanted, before?.rules ?? []).map((rule) => merged(before?.rules.find(({ type }) => type === rule.type), rule));
  const others = (before?.rules ?? []).filter(({ type }) => !rules.some((rule) => rule.type === type));
  const after: Ruleset = { name: RULESET, enforcement: 'active', include: ['~DEFAULT_BRANCH'], exclude: [], bypass, rules: [...rules, ...others] };
  const texts = before === null ? [`add it, for ${wanted.defaultBranch}`, ...after.rules.map((rule) => ruleWords(rule)), ...bypassWords([], bypass)] : differences(before, after);
  const apply = async (): Promise<void> => {
    // It is written as a whole: what somebody, or another run, has set meanwhile would be gone.
    if (canonical(await settings.ruleset(RULESET)) !== canonical(before)) throw new DaybookError('host-failed', `the ruleset ${RULESET} has changed since it was read: it was left as it is`, {}, 'Run it again: it then sees what is there.');
    await settings.writeRuleset(before?.id ?? null, after);
  };
  return texts.length === 0 ? [] : [{ texts: texts.map((text) => `ruleset ${RULESET}: ${text}`), apply }];
}

/** @param before what people made stricter stays */
function rulesOf({ app, approvals, checks, checkedBy }: WantedSettings, before: readonly Rule[]): Rule[] {
  const always: Rule[] = [{ type: 'deletion' }, { type: 'non_fast_forward' }];
  if (app === null) return always;
  const pull = before.find(({ type }) => type === 'pull_request');
  const count = approvals ?? Math.max(1, approvalsOf(pull));
  const own = checks.map((context) => ({ context, ...(checkedBy === null ? {} : { integration_id: checkedBy }) }));
  // Those that Daybook has asked for are of one app; any other's are somebody else's.
  const others = checksOf(before.find(({ type }) => type === 'required_status_checks')).filter(({ context, integration_id: by = null }) => by !== checkedBy && !checks.includes(context));
  return [
    ...always,
    { type: 'pull_request', parameters: { required_approving_review_count: count, dismiss_stale_reviews_on_push: true, require_code_owner_review: count > 0, require_last_push_approval: count > 0, required_review_thread_resolution: pull?.parameters?.['required_review_thread_resolution'] ?? false } },
    // Not strict: each landed snapshot would ask every open pull request to be brought up to date.
    ...(checks.length === 0 ? [] : [{ type: 'required_status_checks', parameters: { strict_required_status_checks_policy: false, required_status_checks: [...own, ...others] } }]),
  ];
}

interface RequiredCheck {
  context: string;
  /** The app that has to have entered it; absent: any. */
  integration_id?: number | null;
}

function checksOf(rule: Rule | undefined): RequiredCheck[] {
  return (rule?.parameters?.['required_status_checks'] ?? []) as RequiredCheck[];
}

function approvalsOf(rule: Rule | undefined): number {
  return Number(rule?.parameters?.['required_approving_review_count'] ?? 0);
}

/** What Daybook does not speak of stays as people set it. */
function merged(before: Rule | undefined, { type, parameters }: Rule): Rule {
  return parameters === undefined ? { type } : { type, parameters: { ...before?.parameters, ...parameters } };
}

function differences(before: Ruleset, after: Ruleset): string[] {
  const rules = after.rules.filter((rule) => {
    const old = before.rules.find(({ type }) => type === rule.type);
    return !old || canonical(old.parameters) !== canonical(rule.parameters);
  });
  const left = before.include.filter((one) => !after.include.includes(one));
  const isElsewhere = canonical([before.include, before.exclude]) !== canonical([after.include, after.exclude]);
  return [
    ...(before.enforcement === after.enforcement ? [] : ['switch it on']),
    ...(isElsewhere ? [`apply it to the default branch alone${left.length > 0 ? `; no more to ${left.join(', ')}` : ''}`] : []),
    ...rules.map((rule) => ruleWords(rule, before.rules.find(({ type }) => type === rule.type))),
    ...bypassWords(before.bypass, after.bypass),
  ];
}

/** @param before what it takes the place of: what is loosened by that is named */
function ruleWords(rule: Rule, before?: Rule): string {
  switch (rule.type) {
    case 'deletion': return 'no deletion';
    case 'non_fast_forward': return 'no force-push';
    case 'pull_request': return `a pull request, with ${approvalWords(approvalsOf(rule))}${approvalsOf(before) > approvalsOf(rule) ? `; before, with ${plural(approvalsOf(before), 'approval')}` : ''}`;
    case 'required_status_checks': {
      const contexts = checksOf(rule).map(({ context }) => context);
      const left = checksOf(before).flatMap(({ context }) => (contexts.includes(context) ? [] : [context]));
      const isStrict = before?.parameters?.['strict_required_status_checks_policy'] === true;
      return `these checks pass: ${contexts.join(', ')}${left.length > 0 ? `; no more: ${left.join(', ')}` : ''}${isStrict ? '; branches need not be up to date any more' : ''}`;
    }
    default: return rule.type;
  }
}

function approvalWords(count: number): string {
  return count === 0 ? 'no approval' : `${plural(count, 'approval')} of its newest commit`;
}

/** @param before null where the token may not see them: then they are written again */
function bypassWords(before: BypassActor[] | null, after: BypassActor[] | null): string[] {
  if (after === null || (before !== null && canonical(before) === canonical(after))) return [];
  const leave = (before ?? []).filter((old) => !after.some((one) => canonical(one) === canonical(old)));
  return [`only ${after.map(({ actor_id: id }) => `the app ${id}`).join(', ')} passes by${leave.length > 0 ? `; no more: ${leave.map(({ actor_type: type, actor_id: id }) => `${type}${id === null ? '' : ` ${id}`}`).join(', ')}` : ''}`];
}

async function environmentSteps(settings: Settings, name: string, branch: string): Promise<SettingsStep[]> {
  const before = await settings.environment(name);
  const waits: Environment['waits'] = before?.waits ?? { wait_timer: 0, prevent_self_review: false, reviewers: [] };
  const branches = before?.branches ?? null;
  const parts: [text: string, write: () => Promise<void>][] = [];
  if (branches === null) parts.push([before === null ? 'add it' : 'limit it to named branches', () => settings.writeEnvironment({ name, waits })]);
  const isWanted = ({ name: one, isTag }: NonNullable<typeof branches>[number]): boolean => one === branch && !isTag;
  if (!branches?.some(isWanted)) parts.push([`for ${branch}`, () => settings.allowBranch(name, branch)]);
  for (const one of branches ?? []) if (!isWanted(one)) parts.push([`no more for ${one.isTag ? 'the tag ' : ''}${one.name}`, () => settings.disallowBranch(name, one.id)]);
  const apply = async (): Promise<void> => {
    for (const [, write] of parts) await write();
  };
  return parts.length === 0 ? [] : [{ texts: parts.map(([text]) => `environment ${name}: ${text}`), apply }];
}

async function pagesSteps(settings: Settings): Promise<SettingsStep[]> {
  const before = await settings.pages();
  return before === 'workflow' ? [] : [{ texts: [`Pages: ${before === null ? 'on, ' : ''}published by a workflow`], apply: () => settings.pagesByWorkflow(before !== null) }];
}

/** Keys in one order, and lists of objects too: hosts give checks in an order of their own. */
function canonical(value: unknown): string {
  const sorted = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return one === null || typeof one !== 'object' ? one : Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
  };
  return JSON.stringify(sorted(value)) ?? '';
}
