import type { GitPlace } from './git.ts';
import { claimOf, type SignatureClaim } from './log-signature.ts';
import { readObjects } from './objects.ts';

interface Person {
  name: string;
  email: string;
  /** By that person's clock, ISO 8601 UTC. */
  time: string;
}

/** A commit as it says itself: texts of strangers, cut and otherwise as written. */
export interface LogMeta {
  commit: string;
  author: Person;
  committer: Person;
  signature: SignatureClaim | null;
  subject: string;
  body: string;
}

const LONGEST_SUBJECT = 300;
const LONGEST_BODY = 4_000;

/** Raw objects, since `git log` would run a program of the machine's settings to judge a signature. */
export async function readLogCommits(place: GitPlace, commits: readonly string[]): Promise<Map<string, LogMeta>> {
  const metas = new Map<string, LogMeta>();
  for await (const bytes of readObjects(place, commits)) {
    const commit = commits[metas.size]!;
    metas.set(commit, metaOf(commit, textOf(bytes ?? Buffer.alloc(0))));
  }
  return metas;
}

/** git-commit(1), "Discussion": UTF-8 unless the header `encoding` says otherwise. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  const encoding = /^encoding ([\w.:-]+)$/m.exec(text.slice(0, text.indexOf('\n\n')))?.[1];
  if (encoding === undefined) return text;
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return text;
  }
}

function metaOf(commit: string, text: string): LogMeta {
  const end = text.indexOf('\n\n');
  const headers = headersOf(end < 0 ? text : text.slice(0, end));
  const message = end < 0 ? '' : text.slice(end + 2).trim();
  const [, subject = '', body = ''] = /^([^]*?)(?:\n[ \t]*\n([^]*))?$/.exec(message) ?? [];
  const armour = headers.get('gpgsig') ?? headers.get('gpgsig-sha256');
  return {
    commit, author: personOf(headers.get('author')), committer: personOf(headers.get('committer')), signature: armour === undefined ? null : claimOf(armour),
    subject: subject.replace(/\s+/g, ' ').slice(0, LONGEST_SUBJECT), body: body.trim().slice(0, LONGEST_BODY),
  };
}

/** A line that begins with a space goes on with the header before it. */
function headersOf(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  let name = '';
  for (const line of text.split('\n')) {
    if (line.startsWith(' ')) headers.set(name, `${headers.get(name) ?? ''}\n${line.slice(1)}`);
    else {
      name = line.slice(0, line.indexOf(' '));
      if (!headers.has(name)) headers.set(name, line.slice(name.length + 1));
    }
  }
  return headers;
}

/** The last second of the year 9999: what lies beyond it is no time that ISO 8601 writes in four digits. */
const LAST = 253_402_300_799;

function personOf(line = ''): Person {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<([^>]*)> (-?\d+) [+-]\d+$/.exec(line) ?? [];
  const at = Math.min(Math.max(Number(seconds), 0), LAST);
  return { name: name.slice(0, 200), email: email.slice(0, 200), time: new Date(1_000 * at).toISOString().replace('.000Z', 'Z') };
}
