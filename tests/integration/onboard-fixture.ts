import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { FIELDS, type FieldName } from '../../src/review/onboard/form.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { daybook, git, newInstance, type Files, type Said } from './instance.ts';

export const ISSUE = 12;
export const BRANCH = `onboard/issue-${ISSUE}`;
export const SQL = 'select day, region, orders\nfrom orders\nwhere day <= $as_of';
export const GOOD = { title: 'Orders: all of them', team: 'team', owner: 'ann@example.org', description: 'Orders by day\nand region.', sql: SQL, template: 'kpi' };

export type Filled = { [name in FieldName]?: string };

export interface Setting {
  root: string;
  bare: string;
  host: FakeHost;
}

/** An instance whose `origin` is on a host. */
export async function setting(t: TestContext, files: Files = {}): Promise<Setting> {
  const root = await newInstance(t, files);
  const bare = path.join(root, '../origin.git');
  await git(root, 'clone', '-q', '--bare', root, bare);
  await git(root, 'remote', 'add', 'origin', bare);
  const host = await fakeHost(t, bare);
  host.issues.set(ISSUE, 'ann');
  return { root, bare, host };
}

/** The first job: the event as the host gives it, with a form that somebody has filled in or edited. */
export async function read(root: string, filled: Filled, updated = '2026-01-08T07:00:00Z', issue = ISSUE): Promise<Said> {
  const body = Object.entries(FIELDS).map(([name, { label }]) => `### ${label}\r\n\r\n${name === 'sql' && filled.sql !== undefined ? `\`\`\`sql\r\n${filled.sql}\r\n\`\`\`` : filled[name as FieldName] ?? '_No response_'}`).join('\r\n\r\n');
  await writeFile(path.join(root, '../event.json'), JSON.stringify({ action: 'opened', issue: { number: issue, title: 'New report', body, updated_at: updated, user: { login: 'ann' }, labels: [{ name: 'new-report' }] }, repository: {} }));
  return daybook(root, ['onboard', '--event', '../event.json', '--out', '../answer.json'].map((word) => (word.startsWith('..') ? path.join(root, word) : word)));
}

export interface AnswerFile {
  made: { report: string; files: { [file: string]: string }; rows: number } | null;
  problems: { field: string | null; line: number | null; message: string; remedy: string }[];
}

export async function answerOf(root: string): Promise<AnswerFile> {
  return JSON.parse(await readFile(path.join(root, '../answer.json'), 'utf8')) as AnswerFile;
}

/** The second job. */
export function propose({ root, host }: Setting, ...more: string[]): Promise<Said> {
  const issue = more.includes('--issue') ? [] : ['--issue', String(ISSUE)];
  return daybook(root, ['onboard', '--propose', path.join(root, '../answer.json'), ...issue, ...more], { env: host.env });
}
