import { invalid, NOT_FOUND, type Answer, type Handlers } from './fake-host-answer.ts';

interface FakeRuleset {
  id: number;
  name: string;
  enforcement: string;
  target: string;
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  bypass_actors: { actor_id: number | null; actor_type: string; bypass_mode: string }[];
  rules: { type: string; parameters?: { [name: string]: unknown } }[];
}

interface FakeEnvironment {
  name: string;
  custom: boolean;
  branches: { id: number; name: string; type?: 'branch' | 'tag' }[];
  wait_timer: number;
}

/** What a repository is set to: rules, labels, environments, Pages. */
export class FakeSettings {
  readonly rulesets: FakeRuleset[] = [];
  readonly labels: { name: string; color: string; description: string }[] = [];
  readonly environments: FakeEnvironment[] = [];
  readonly codeownersErrors: { line: number; column: number; kind: string; source: string; message: string; path: string }[] = [];
  pages: 'legacy' | 'workflow' | null = null;
  fork = false;
  /** Whether the plan has waiting times and reviewers, which private repositories of most plans lack. */
  waits = true;
  /** Parts of paths that the token may not write. */
  readonly forbidden = new Set<string>();
  #last = 500;

  get handlers(): Handlers {
    return { ...this.#ofRules(), ...this.#ofEnvironments(), ...this.#ofOthers() };
  }

  #ofRules(): Handlers {
    const parent = { id: 1, name: 'Daybook', source: 'team', source_type: 'Organization', enforcement: 'active', target: 'branch' };
    const view = (ruleset: FakeRuleset): object => ({ ...ruleset, source: 'team/reports', source_type: 'Repository' });
    return {
      'GET /repos/{owner}/{repo}/rulesets': ({ query }) => ({ status: 200, body: [...(query.get('includes_parents') === 'false' ? [] : [parent]), ...this.rulesets.map(({ id, name, enforcement, target }) => ({ id, name, enforcement, target, source: 'team/reports' }))] }),
      'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}': ({ params }) => {
        const found = this.rulesets.find(({ id }) => id === Number(params['ruleset_id']));
        return found ? { status: 200, body: view(found) } : NOT_FOUND;
      },
      'POST /repos/{owner}/{repo}/rulesets': ({ body }) => this.#write(201, (made) => this.rulesets.push(made), { ...(body as FakeRuleset), id: ++this.#last }, view),
      'PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}': ({ params, body }) => {
        const found = this.rulesets.find(({ id }) => id === Number(params['ruleset_id']));
        return found ? this.#write(200, (made) => Object.assign(found, made), { ...(body as FakeRuleset), id: found.id }, view) : NOT_FOUND;
      },
    };
  }

  /** The host gives rules with what it adds itself. */
  #write(status: number, keep: (made: FakeRuleset) => void, body: FakeRuleset, view: (ruleset: FakeRuleset) => object): Answer {
    const made = { ...body, rules: body.rules.map((rule) => (rule.type === 'pull_request' ? { ...rule, parameters: { allowed_merge_methods: ['merge', 'squash', 'rebase'], required_reviewers: [], ...rule.parameters } } : rule)) };
    keep(made);
    return { status, body: view(made) };
  }

  #ofEnvironments(): Handlers {
    const find = (name: string | undefined): FakeEnvironment | undefined => this.environments.find((one) => one.name === name);
    const view = ({ name, custom, wait_timer }: FakeEnvironment): object => ({ name, deployment_branch_policy: custom ? { protected_branches: false, custom_branch_policies: true } : null, protection_rules: wait_timer > 0 ? [{ id: 1, node_id: 'w', type: 'wait_timer', wait_timer }] : [] });
    return {
      'GET /repos/{owner}/{repo}/environments/{environment_name}': ({ params }) => {
        const found = find(params['environment_name']);
        return found ? { status: 200, body: view(found) } : NOT_FOUND;
      },
      'PUT /repos/{owner}/{repo}/environments/{environment_name}': ({ params, body }) => {
        const name = params['environment_name']!;
        // Also where they are asked for as they are by default.
        if (!this.waits && ['wait_timer', 'prevent_self_review', 'reviewers'].some((key) => key in body)) return { status: 422, body: { message: 'Failed to create the environment protection rule. Please ensure the billing plan supports the required reviewers protection rule.' } };
        const made = find(name) ?? { name, custom: false, branches: [], wait_timer: 0 };
        Object.assign(made, { custom: body['deployment_branch_policy']?.custom_branch_policies ?? false, wait_timer: body['wait_timer'] ?? 0 });
        if (!find(name)) this.environments.push(made);
        return { status: 200, body: view(made) };
      },
      'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies': ({ params }) => ({ status: 200, body: { total_count: find(params['environment_name'])!.branches.length, branch_policies: find(params['environment_name'])!.branches } }),
      'POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies': ({ params, body }) => {
        const made = { id: ++this.#last, name: body['name'] as string, type: body['type'] as 'branch' | 'tag' };
        find(params['environment_name'])!.branches.push(made);
        return { status: 200, body: made };
      },
      'DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}': ({ params }) => {
        const of = find(params['environment_name'])!;
        of.branches = of.branches.filter(({ id }) => id !== Number(params['branch_policy_id']));
        return { status: 204 };
      },
    };
  }

  #ofOthers(): Handlers {
    return {
      'GET /repos/{owner}/{repo}': () => ({ status: 200, body: { default_branch: 'main', fork: this.fork } }),
      'GET /repos/{owner}/{repo}/labels/{name}': ({ params }) => {
        const found = this.labels.find(({ name }) => name === params['name']);
        return found ? { status: 200, body: found } : NOT_FOUND;
      },
      'POST /repos/{owner}/{repo}/labels': ({ body }) => {
        const { name, color, description } = body as { name: string; color: string; description: string };
        if (name.length > 50 || description.length > 100) return invalid();
        this.labels.push({ name, color, description });
        return { status: 201, body: { name, color, description } };
      },
      'GET /repos/{owner}/{repo}/pages': () => (this.pages === null ? NOT_FOUND : { status: 200, body: { build_type: this.pages } }),
      'POST /repos/{owner}/{repo}/pages': ({ body }) => {
        this.pages = body['build_type'];
        return { status: 201, body: { build_type: this.pages } };
      },
      'PUT /repos/{owner}/{repo}/pages': ({ body }) => {
        this.pages = body['build_type'];
        return { status: 204 };
      },
      'GET /repos/{owner}/{repo}/codeowners/errors': () => ({ status: 200, body: { errors: this.codeownersErrors } }),
    };
  }
}
