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
  /** Its branch is one of this repository, not of another. */
  isOwn: boolean;
  base: string;
  state: 'open' | 'merged' | 'closed';
  /** The newest commit of its branch. */
  head: string;
  /** Who opened it; null where the account is gone. */
  author: Account | null;
}

/** How a pull request ended: ISO 8601 UTC, whole seconds; by null where the account is gone. */
interface Ended {
  by: Account | null;
  at: string;
  /** The commit that a merge made on the base branch. */
  commit: string | null;
}

/** An approving review that its author has not taken back; `commit`: what it was written for. */
interface ApprovingReview {
  by: Account;
  commit: string | null;
  /** What its author wrote, as Markdown. */
  body: string;
}

export interface Comment {
  id: number;
  /** Its author’s name there; null where the account is gone. */
  author: string | null;
  body: string;
}

/** A line of a file that a check is about, as the host shows it beside that line. */
export interface Annotation {
  path: string;
  line: number;
  column: number | null;
  title: string;
  message: string;
}

/** A verdict on a commit, as the host keeps it. */
export interface CheckRun {
  name: string;
  commit: string;
  conclusion: 'success' | 'neutral' | 'failure' | 'action_required';
  title: string;
  /** Markdown. */
  summary: string;
  annotations: Annotation[];
  /** Where the details are. */
  url: string | null;
}

/**
 * What Daybook asks of a Git host: one repository there.
 * Every method throws `host-failed` where the host refuses or cannot be reached.
 */
export interface Host {
  /** Open pull requests from branches of this repository that begin so; base null: to any branch. */
  openPulls(base: string | null, prefix: string): Promise<Pull[]>;
  /** The newest pull request from a branch of this repository, or of a fork (`owner/name`), whatever became of it. */
  pullFrom(branch: string, base: string, fork?: string): Promise<Pull | null>;
  /** The merged pull request that brought a commit to the base branch. */
  pullOf(commit: string, base: string): Promise<Pull | null>;
  /** How a merged or closed one ended. */
  endOf(pull: Pull): Promise<Ended>;
  approvingReviews(pull: Pull): Promise<ApprovingReview[]>;
  /** Anybody may review in a public repository; an approval counts from those who may write. */
  mayWrite(login: string): Promise<boolean>;
  /** @param pull `fork`: the repository that the branch is of, as `owner/name`, where that is another */
  open(pull: { branch: string; base: string; title: string; body: string; fork?: string }): Promise<Pull>;
  /** Closes it unmerged, and says why. */
  close(pull: Pull, comment: string): Promise<void>;
  /** Without `refs/heads/`. */
  defaultBranch(): Promise<string>;
  /** Whether its pull requests lead to another repository. */
  isFork(): Promise<boolean>;
  /** Open pull requests whose newest commit is this one, also those from forks. */
  pullsAt(head: string): Promise<Pull[]>;
  /** As it is now. */
  pull(number: number): Promise<Pull>;
  /** The newest commit of a branch; null where there is none of this name. */
  tipOf(branch: string): Promise<string | null>;
  /** The commit from which two commits went apart; null where they have none in common. */
  mergeBase(one: string, other: string): Promise<string | null>;
  /** Files and folders below a folder (`` is the top), by name, with the ids of their objects; empty where it is not there. Links are left out. */
  entriesAt(commit: string, folder: string): Promise<Map<string, string>>;
  /** The text of a file, by the id of its object. */
  textOf(object: string): Promise<string>;
  /** Accounts that wrote, committed or pushed the commits up to `head`, wherever the branch is by now, as far as the host knows them; null where it does not list all. */
  committers(pull: Pick<Pull, 'branch' | 'isOwn' | 'base' | 'head'>): Promise<string[] | null>;
  /** Who opened an issue; null where the account is gone, or the issue. */
  issueAuthor(number: number): Promise<string | null>;
  /** Whether an issue is open, and still one of this repository. */
  isOpenIssue(number: number): Promise<boolean>;
  /** Paths that it changes, old and new names of what it renames; null where there are more than the host lists. */
  changedFiles(pull: Pull): Promise<string[] | null>;
  /** Of an issue or a pull request, the oldest first. */
  comments(number: number): Promise<Comment[]>;
  /** @returns false where it is gone */
  editComment(id: number, body: string): Promise<boolean>;
  /** One that is gone already is no error. */
  deleteComment(id: number): Promise<void>;
  /** Enters a verdict; a later one of the same name for the same commit takes its place. */
  check(run: CheckRun): Promise<void>;
  /** Whether a run of a workflow is under way again, or a later one of the same workflow is about the same pull request’s commit and does not wait for an approval. */
  isReplaced(run: number, head: string): Promise<boolean>;
  /** On an issue or a pull request. */
  comment(number: number, body: string): Promise<Comment>;
  /** Starts a workflow, by the name of its file, on a branch. @returns false where there is none */
  dispatch(workflow: string, ref: string, inputs: { [name: string]: string }): Promise<boolean>;
}
