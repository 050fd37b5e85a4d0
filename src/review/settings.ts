/** A rule of a ruleset, as the host writes it. */
export interface Rule {
  type: string;
  parameters?: { [name: string]: unknown };
}

/** Who may pass by the rules of a ruleset. */
export interface BypassActor {
  actor_id: number | null;
  actor_type: string;
  bypass_mode: string;
}

export interface Ruleset {
  name: string;
  enforcement: string;
  /** Patterns of full ref names; `~DEFAULT_BRANCH` stands for that branch. */
  include: string[];
  exclude: string[];
  /** Null where the token may not see them. */
  bypass: BypassActor[] | null;
  rules: Rule[];
}

export interface Label {
  name: string;
  /** Six hexadecimal digits. */
  color: string;
  description: string;
}

/** Where jobs deploy to, and where secrets lie that those jobs alone may read. */
export interface Environment {
  name: string;
  /** The branches whose jobs may use it, and tags, which may be called as a branch is; null: any. */
  branches: { id: number; name: string; isTag: boolean }[] | null;
  /** Waiting times and reviewers, which stay as they are. */
  waits: { wait_timer: number; prevent_self_review: boolean; reviewers: { type: 'User' | 'Team'; id: number }[] };
}

/**
 * The settings of one repository on a Git host. Every method throws `host-failed`, and names the right that the token lacks
 * where the host refuses.
 */
export interface Settings {
  /** The repository's own of this name; null where there is none. */
  ruleset(name: string): Promise<(Ruleset & { id: number }) | null>;
  /** @param id null makes a new one */
  writeRuleset(id: number | null, ruleset: Ruleset): Promise<void>;
  hasLabel(name: string): Promise<boolean>;
  addLabel(label: Label): Promise<void>;
  environment(name: string): Promise<Environment | null>;
  /** Makes it, or limits it to named branches, of which it has none yet. */
  writeEnvironment(environment: Pick<Environment, 'name' | 'waits'>): Promise<void>;
  allowBranch(environment: string, branch: string): Promise<void>;
  disallowBranch(environment: string, id: number): Promise<void>;
  /** How the site is built: by a workflow, from a branch, or not at all. */
  pages(): Promise<'workflow' | 'branch' | null>;
  /** @param exists whether Pages are on already */
  pagesByWorkflow(exists: boolean): Promise<void>;
  /** What the host cannot read in the CODEOWNERS file of the default branch. */
  codeownersErrors(): Promise<{ path: string; line: number; kind: string; owner: string }[]>;
}
