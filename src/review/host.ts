/** An account on the Git host. */
export interface Account {
  login: string;
  /** Not a program: what programs do is nobody's decision. */
  person: boolean;
}

export interface Pull {
  number: number;
  /** Its page. */
  url: string;
  /** From where to where, without `refs/heads/`. */
  branch: string;
  base: string;
  state: 'open' | 'merged' | 'closed';
  /** The newest commit of its branch. */
  head: string;
}

/** How a pull request ended: ISO 8601 UTC, whole seconds; by null where the account is gone. */
export interface Ended {
  by: Account | null;
  at: string;
  /** The commit that a merge made on the base branch. */
  commit: string | null;
}

/** An approving review that its author has not taken back; `commit`: what it was written for. */
export interface ApprovingReview {
  by: Account;
  commit: string | null;
}

/**
 * What Daybook asks of a Git host: one repository there.
 * Every method throws `host-failed` where the host refuses or cannot be reached.
 */
export interface Host {
  /** Open pull requests from branches of this repository that begin so. */
  openPulls(base: string, prefix: string): Promise<Pull[]>;
  /** The newest pull request from a branch of this repository, whatever became of it. */
  pullFrom(branch: string, base: string): Promise<Pull | null>;
  /** The merged pull request that brought a commit to the base branch. */
  pullOf(commit: string, base: string): Promise<Pull | null>;
  /** How a merged or closed one ended. */
  endOf(pull: Pull): Promise<Ended>;
  approvingReviews(pull: Pull): Promise<ApprovingReview[]>;
  /** Anybody may review in a public repository; an approval counts from those who may write. */
  mayWrite(login: string): Promise<boolean>;
  open(pull: { branch: string; base: string; title: string; body: string }): Promise<Pull>;
  /** Closes it unmerged, and says why. */
  close(pull: Pull, comment: string): Promise<void>;
}
