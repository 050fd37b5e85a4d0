import { visible } from '../../error.ts';

/** What is wrong with a form, in words for the person who filled it in. */
export interface FormProblem {
  /** The label of the field; null where it is none of one field. */
  field: string | null;
  /** Within the field, from 1. */
  line: number | null;
  message: string;
  remedy: string;
}

interface Field {
  /** As the issue form has it: the host puts it above the answer as a heading. */
  label: string;
  /** Characters. */
  most: number;
  required?: true;
  lines?: true;
}

/** The fields of `.github/ISSUE_TEMPLATE/new-report.yml`, in their order. */
export const FIELDS = {
  title: { label: 'Title', most: 160, required: true },
  team: { label: 'Team', most: 60, required: true },
  owner: { label: 'Owner', most: 200 },
  description: { label: 'What it shows', most: 1000, required: true, lines: true },
  sql: { label: 'SQL', most: 50_000, lines: true },
  sources: { label: 'Sources', most: 1000 },
  data: { label: 'Data file', most: 300 },
  schedule: { label: 'Schedule', most: 100 },
  key: { label: 'Key', most: 300 },
  template: { label: 'Template', most: 20 },
  id: { label: 'Id', most: 200 },
  narrative: { label: 'How to read it', most: 20_000, lines: true },
} as const satisfies { [name: string]: Field };

export type FieldName = keyof typeof FIELDS;

/** What somebody filled in; null where nothing. */
export type Form = { [name in FieldName]: string | null };

const entries = Object.entries(FIELDS) as [FieldName, Field][];
const HEADING = '### ';
/** As hosts write that nothing was filled in. */
const NOTHING = /^(_No response_|None)?$/;
const AGAIN = 'Open a new issue with the form “New report”, or bring its headings back.';

/**
 * Reads what an issue form left behind: Markdown with one heading a field. A person can edit it afterwards, so nothing about it is
 * sure: what is not exactly that shape is a problem, never a guess.
 */
export function readForm(body: string): { form: Form; problems: FormProblem[] } {
  const problems: FormProblem[] = [];
  const say = (field: string | null, message: string, remedy: string, line: number | null = null): void => void problems.push({ field, line, message, remedy });
  const sections = sectionsOf(body.replaceAll('\r\n', '\n'));
  const form = Object.fromEntries(entries.map(([name]) => [name, null])) as Form;
  const first = sections.get(null)?.[0]?.trim() ?? '';
  if (first !== '') say(null, 'there is text before the first heading', AGAIN);
  for (const [name, { label, most, required, lines }] of entries) {
    const found = sections.get(name) ?? [];
    if (found.length !== 1) {
      say(label, found.length === 0 ? `the heading “${HEADING}${label}” is missing` : `the heading “${HEADING}${label}” stands there ${found.length} times`, AGAIN);
      continue;
    }
    const text = name === 'sql' ? withoutFence(found[0]!.trim()) : found[0]!.trim();
    if (text === null) {
      say(label, 'the block of code is not closed, or there is text around it', 'Put the whole query into one block: a line ```sql, the query, a line ```.');
    } else if (NOTHING.test(text)) {
      if (required) say(label, 'it is empty', 'Edit the issue and fill it in.');
    } else if (text.length > most) {
      say(label, `it has ${text.length} characters, and at most ${most} are read`, 'Make it shorter.');
    } else if (!lines && text.includes('\n')) {
      say(label, 'it has more than one line', 'Write it in one line.');
    } else if (visible(text) !== text) {
      say(label, 'it has characters that are not seen, such as those that turn the direction of writing round', 'Write it anew without them.', lineOf(text));
    } else {
      form[name] = text;
    }
  }
  return { form, problems };
}

/** What stands below each heading, as often as it is there; under null what stands before all of them. */
function sectionsOf(body: string): Map<FieldName | null, string[]> {
  const names = new Map(entries.map(([name, { label }]) => [HEADING + label, name]));
  const sections = new Map<FieldName | null, string[]>([[null, ['']]]);
  let current = sections.get(null)!;
  let inCode = false;
  for (const line of body.split('\n')) {
    if (line.startsWith('```')) inCode = !inCode;
    const name = inCode ? undefined : names.get(line.trimEnd());
    if (name === undefined) {
      current[current.length - 1] += `${line}\n`;
    } else {
      current = sections.get(name) ?? [];
      current.push('');
      sections.set(name, current);
    }
  }
  return sections;
}

/** Null where it is not one block, whole and alone. A person who edits may leave the fence out. */
function withoutFence(text: string): string | null {
  if (!text.includes('```')) return text;
  const [, body] = /^```(?:sql)?\n([^]*?)\n?```$/i.exec(text) ?? [];
  return body === undefined || body.includes('```') ? null : body.trim();
}

function lineOf(text: string): number {
  return text.split('\n').findIndex((line) => visible(line) !== line) + 1;
}
