/** `described`: only words and looks have changed, no number can. */
export type ChangeKind = 'added' | 'removed' | 'modified' | 'described';

/** Why a report is affected. */
export interface Cause {
  kind: 'query' | 'macro' | 'definition' | 'parameters' | 'source' | 'data' | 'settings' | 'words' | 'unreadable';
  /** The file that has changed, relative to the instance's root. */
  file: string;
  /** What in it: keys, names; plain text, of one line. Empty where the file says it all. */
  detail: string;
}
