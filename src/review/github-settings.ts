import { asked, connect, unlessMissing, type Connection, type GitHubOptions } from './github-client.ts';
import type { BypassActor, Environment, Ruleset, Settings } from './settings.ts';

const ADMINISTRATION = 'Administration: read and write';
const ACTIONS = 'Actions: read';
const ISSUES = 'Issues: read and write';
const PAGES = 'Pages: read and write, Administration: read and write';
const CONTENTS = 'Contents: read';

/** The settings of a repository on GitHub, for a token of somebody who administers it. */
export function openSettings(options: GitHubOptions): Settings {
  const connection = connect(options);
  return { ...rulesOn(connection), ...environmentsOn(connection), ...pagesOn(connection) };
}

function rulesOn({ client, place }: Connection): Pick<Settings, 'ruleset' | 'writeRuleset' | 'hasLabel' | 'addLabel' | 'codeownersErrors'> {
  return {
    ruleset: (name) => asked(`read the ruleset ${name}`, async () => {
      const all = await client.paginate('GET /repos/{owner}/{repo}/rulesets', { ...place, includes_parents: false, per_page: 100 });
      const found = all.find((one) => one.name === name && one.target === 'branch');
      if (!found) return null;
      const { data } = await client.request('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', { ...place, ruleset_id: found.id, includes_parents: false });
      const refs = data.conditions && 'ref_name' in data.conditions ? data.conditions.ref_name : undefined;
      return { id: data.id, name, enforcement: data.enforcement, include: refs?.include ?? [], exclude: refs?.exclude ?? [], bypass: data.bypass_actors?.map(actorOf) ?? null, rules: data.rules ?? [] };
    }, ADMINISTRATION),
    writeRuleset: (id, ruleset) => asked(`${id === null ? 'add' : 'change'} the ruleset ${ruleset.name}`, async () => {
      if (id === null) await client.request('POST /repos/{owner}/{repo}/rulesets', { ...place, ...rulesetBody(ruleset) });
      else await client.request('PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}', { ...place, ruleset_id: id, ...rulesetBody(ruleset) });
    }, ADMINISTRATION),
    hasLabel: (name) => asked(`read the label ${name}`, () => unlessMissing(client.request('GET /repos/{owner}/{repo}/labels/{name}', { ...place, name }).then(() => true), false), ISSUES),
    addLabel: (label) => asked(`add the label ${label.name}`, async () => {
      await client.request('POST /repos/{owner}/{repo}/labels', { ...place, ...label }).catch((cause: Error) => {
        // Somebody else has added it meanwhile.
        if (!isThere(cause)) throw cause;
      });
    }, ISSUES),
    codeownersErrors: () => asked('check CODEOWNERS', async () => {
      const answer = await unlessMissing(client.request('GET /repos/{owner}/{repo}/codeowners/errors', place), null);
      return (answer?.data.errors ?? []).map(({ path, line, kind, source = '' }) => ({ path, line, kind, owner: source.trim() }));
    }, CONTENTS),
  };
}

function environmentsOn({ client, place }: Connection): Pick<Settings, 'environment' | 'writeEnvironment' | 'allowBranch' | 'disallowBranch'> {
  return {
    environment: (name) => asked(`read the environment ${name}`, async () => {
      const found = await unlessMissing(client.request('GET /repos/{owner}/{repo}/environments/{environment_name}', { ...place, environment_name: name }), null);
      if (found === null) return null;
      const waits = waitsOf(found.data.protection_rules ?? []);
      if (!found.data.deployment_branch_policy?.custom_branch_policies) return { name, branches: null, waits };
      const { data } = await client.request('GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies', { ...place, environment_name: name, per_page: 100 });
      return { name, branches: data.branch_policies.map((policy) => ({ id: policy.id!, name: policy.name!, isTag: 'type' in policy && policy.type === 'tag' })), waits };
    }, ACTIONS),
    writeEnvironment: ({ name, waits }) => asked(`write the environment ${name}`, async () => {
      await client.request('PUT /repos/{owner}/{repo}/environments/{environment_name}', { ...place, environment_name: name, ...named(waits), deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } });
    }, ADMINISTRATION),
    allowBranch: (environment, branch) => asked(`let the branch ${branch} use the environment ${environment}`, async () => {
      await client.request('POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies', { ...place, environment_name: environment, name: branch, type: 'branch' });
    }, ADMINISTRATION),
    disallowBranch: (environment, id) => asked(`take a branch from the environment ${environment}`, async () => {
      await client.request('DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}', { ...place, environment_name: environment, branch_policy_id: id });
    }, ADMINISTRATION),
  };
}

function pagesOn({ client, place }: Connection): Pick<Settings, 'pages' | 'pagesByWorkflow'> {
  return {
    pages: () => asked('read the settings of Pages', async () => {
      const found = await unlessMissing(client.request('GET /repos/{owner}/{repo}/pages', place), null);
      return found && (found.data.build_type === 'workflow' ? 'workflow' : 'branch');
    }, PAGES),
    pagesByWorkflow: (exists) => asked('let a workflow publish to Pages', async () => {
      if (exists) await client.request('PUT /repos/{owner}/{repo}/pages', { ...place, build_type: 'workflow' });
      else await client.request('POST /repos/{owner}/{repo}/pages', { ...place, build_type: 'workflow' });
    }, PAGES),
  };
}

function isThere(cause: Error & { response?: { data?: { errors?: unknown } } }): boolean {
  const errors = cause.response?.data?.errors;
  return Array.isArray(errors) && errors.some((error: { code?: unknown } | null) => error?.code === 'already_exists');
}

function actorOf({ actor_id = null, actor_type, bypass_mode = 'always' }: { actor_id?: number | null; actor_type: string; bypass_mode?: string }): BypassActor {
  return { actor_id, actor_type, bypass_mode };
}

function rulesetBody({ name, enforcement, include, exclude, bypass, rules }: Ruleset) {
  const body = { name, target: 'branch', enforcement, conditions: { ref_name: { include, exclude } }, ...(bypass === null ? {} : { bypass_actors: bypass }), rules };
  // What the host gave for rules that are not ours goes back as it came.
  return body as typeof body & { target: 'branch'; enforcement: 'active'; bypass_actors?: never[]; rules: never[] };
}

/** Of many plans the host refuses those fields for private repositories, whatever they say: only what is set is written. */
function named({ wait_timer: timer, prevent_self_review: isPrevented, reviewers }: Environment['waits']): Partial<Environment['waits']> {
  return { ...(timer > 0 && { wait_timer: timer }), ...(isPrevented && { prevent_self_review: isPrevented }), ...(reviewers.length > 0 && { reviewers }) };
}

/** Writing an environment without them would take them off. */
function waitsOf(rules: readonly object[]): Environment['waits'] {
  const waits: Environment['waits'] = { wait_timer: 0, prevent_self_review: false, reviewers: [] };
  for (const rule of rules as { wait_timer?: number; prevent_self_review?: boolean; reviewers?: { type?: 'User' | 'Team'; reviewer?: { id: number } }[] }[]) {
    waits.wait_timer = rule.wait_timer ?? waits.wait_timer;
    waits.prevent_self_review = rule.prevent_self_review ?? waits.prevent_self_review;
    waits.reviewers.push(...(rule.reviewers ?? []).flatMap(({ type, reviewer }) => (type && reviewer ? [{ type, id: reviewer.id }] : [])));
  }
  return waits;
}
