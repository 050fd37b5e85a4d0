import type { AuditPerson, CommitWords, DefinitionChange, DefinitionFile, FileStatus, Intrusion, KeyChange } from '../../analysis/audit/document.ts';
import { plural } from '../../snapshot/count.ts';
import { formatInstant } from '../date.ts';
import { formatNumber } from '../number.ts';
import { line } from './rows.ts';

const KINDS: { [kind in DefinitionFile['kind']]: string } = { report: 'report', narrative: 'narrative', query: 'query', macro: 'macro', source: 'source', settings: 'settings', approval: 'approval', other: 'file' };
const NEW = new Set<FileStatus>(['added']);

export function personWords({ name, email }: AuditPerson): string {
  return `${line(name) || 'nobody named'}${email === '' ? '' : ` <${line(email)}>`}`;
}

/** Who, by whom it came to the branch, and what vouches for it. */
export function authorshipLines(change: CommitWords & Pick<DefinitionChange, 'landed' | 'pull' | 'clock' | 'how'>): string[] {
  const { author, committer, landed, pull, clock, how } = change;
  const isOther = author.name !== committer.name || author.email !== committer.email;
  const written = author.time === committer.time ? '' : `, written ${formatInstant(author.time)}`;
  const number = pull === null ? '' : `pull request ${pull}`;
  return [
    `by ${personWords(author)}${isOther ? `, committed by ${personWords(committer)}` : ''}${written}; ${signatureWords(change)}`,
    ...(landed ? [`brought by merge ${landed.commit.slice(0, 10)}${number && ` (${number})`}: ${line(landed.subject, 200)}`] : number ? [`${number}, as the message says`] : []),
    ...(how === 'merge' ? ['changed by the merge itself: no commit that it brought left it so'] : []),
    ...(clock === null ? [] : [`the commit’s own clock said ${formatInstant(clock)}, which the ledger’s order does not allow`]),
  ];
}

/** What the signature says of itself; whether it is true, nobody has looked. */
export function signatureWords({ signature }: Pick<CommitWords, 'signature'>): string {
  if (signature === null) return 'not signed';
  const kind = { ssh: 'SSH', openpgp: 'OpenPGP', x509: 'X.509' }[signature.kind] ?? 'unknown kind';
  return `signed (${kind}${signature.key === null ? '' : `, ${line(signature.key)}`}), not checked here`;
}

/** What a commit did to a file, one line a key. */
export function fileLines(file: DefinitionFile): string[] {
  const { path, from, status, kind, changes, more, lines, only_layout: onlyLayout } = file;
  const name = from === null ? line(path, 300) : `${line(from, 300)} → ${line(path, 300)}`;
  const head = `${KINDS[kind]} ${status}: ${name}`;
  const counts = lines === null ? '' : NEW.has(status) ? plural(lines.added, 'line') : status === 'removed' ? plural(lines.removed, 'line') : `${plural(lines.added, 'line')} added, ${formatNumber(lines.removed, ',d')} removed`;
  const isSql = kind === 'query' || kind === 'macro';
  const note = onlyLayout ? (isSql ? ', only layout and comments differ' : ', no value differs') : '';
  // Of a whole file, its title stands for it.
  if (status === 'added' || status === 'removed') return [`${head}${changes.map((change) => `: ${quoted((change.after ?? change.before)!)}`).join('')}${counts && ` (${counts})`}`];
  if (changes.length === 0) return [`${head}${counts === '' ? '; too large to compare, or not here' : ` (${counts}${note})`}`];
  return [head, ...changes.map(({ key, before, after }) => `  ${changedWords(key, before, after)}`), ...(more > 0 ? [`  … and ${plural(more, 'more key')}`] : [])];
}

/** `title: 'Flights' → 'Flights by day'` @param before YAML of the value; null: the key was not there @param after likewise */
export function changedWords(key: string, before: string | null, after: string | null): string {
  const [name, was, is] = [line(key, 160), before === null ? null : quoted(before), after === null ? null : quoted(after)];
  if (was === null) return `${name}: new, ${is}`;
  return is === null ? `${name}: removed, was ${was}` : `${name}: ${was} → ${is}`;
}

function quoted(text: string): string {
  return `'${line(text, 160)}'`;
}

export function intrusionLines({ paths, files }: Intrusion): string[] {
  const more = files - Math.min(paths.length, 10);
  return [...paths.slice(0, 10).map(({ path, status }) => `${status}: ${line(path, 300)}`), ...(more > 0 ? [`… and ${plural(more, 'more file')}`] : [])];
}

export function keyWords({ key, change, since }: KeyChange): string {
  const what = { added: `${line(key)} may sign from entry ${since} on`, removed: `${line(key)} is not listed any more`, moved: `${line(key)} may sign from entry ${since} on, another one than before` };
  return what[change];
}
