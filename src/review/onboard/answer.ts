import { z } from 'zod';
import { DaybookError } from '../../error.ts';
import { checkYaml } from '../../report/check.ts';
import { isIdPart } from '../../report/load.ts';
import { reportSchema, sourceSchema } from '../../report/schema.ts';

/*
 * What became of a form: a report, or what is wrong. The job that runs the query has no rights and writes this down; the job that has
 * the rights runs nothing and reads it, as if a stranger had written it.
 */

export const ANSWER_FORMAT = 'daybook/onboarding/1';

/** Bytes. */
const LARGEST = 500_000;

const text = z.string().max(4000);
const schema = z.strictObject({
  format: z.literal(ANSWER_FORMAT),
  issue: z.int().positive(),
  /** When the issue was last changed: ISO 8601 UTC, whole seconds. */
  changed: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
  /** Who filled the form in. */
  by: z.string().max(100),
  made: z.strictObject({
    report: z.string().max(200),
    title: z.string().max(160),
    files: z.record(z.string().max(300), z.string().max(200_000)),
    as_of: z.string().max(30),
    rows: z.int().nonnegative(),
    metrics: z.array(z.strictObject({ name: text, value: text.nullable(), period: text.nullable() })).max(50),
    warnings: z.array(text).max(50),
  }).nullable(),
  problems: z.array(z.strictObject({ field: text.nullable(), line: z.int().positive().nullable(), message: text, remedy: text })).max(50),
});

export type Answer = z.output<typeof schema>;
export type MadeAnswer = Answer & { made: NonNullable<Answer['made']> };

/** @throws ZodError where it is of a shape or a length that `readAnswer` would not take */
export function writeAnswer(answer: Answer): string {
  return `${JSON.stringify(schema.parse(answer), null, 2)}\n`;
}

/**
 * @param text as the file has it; nothing in it is believed
 * @throws `answer-broken` where it is too large, of another shape, or has a file that is not one of a new report's
 */
export function readAnswer(text: string, file: string): Answer {
  if (Buffer.byteLength(text) > LARGEST) throw broken(file, `it has more than ${LARGEST} bytes`);
  const parsed = schema.safeParse(parse(text, file));
  if (!parsed.success) throw broken(file, parsed.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const answer = parsed.data;
  if ((answer.made === null) === (answer.problems.length === 0)) throw broken(file, 'it has to have a report, or problems');
  if (answer.made) checkFiles(answer.made, file);
  return answer;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken(file, (cause as Error).message);
  }
}

/** The report, its query, perhaps its narrative and one source: each where it belongs, and of its shape. */
function checkFiles({ report, files }: MadeAnswer['made'], place: string): void {
  const parts = report.split('/');
  if (parts.length < 2 || !parts.every(isIdPart)) throw broken(place, `“${report}” cannot be a report’s id`);
  const own = [`reports/${report}.yml`, `queries/${report}.sql`];
  for (const file of own) if (!Object.hasOwn(files, file)) throw broken(place, `there is no ${file}`);
  const others = Object.keys(files).filter((file) => !own.includes(file) && file !== `reports/${report}.md`);
  const [source] = others;
  if (others.length > 1 || (source !== undefined && !/^queries\/sources\/[a-z0-9-]+\.yml$/.test(source))) throw broken(place, `“${others.at(-1)}” is no file of a new report`);
  checkDocument(files[own[0]!]!, own[0]!, reportSchema);
  if (source === undefined) return;
  // A source can name a command that the job runs: that is for people who may change the repository.
  const { prepare, secrets } = checkDocument(files[source]!, source, sourceSchema);
  if (prepare !== undefined || secrets.length > 0) throw broken(place, `${source} names a command`);
}

function checkDocument<S extends z.ZodType>(text: string, file: string, of: S): z.output<S> {
  const checked = checkYaml(text, file, of);
  if ('problems' in checked) throw checked.problems[0];
  return checked.value;
}

function broken(file: string, why: string): DaybookError {
  return new DaybookError('answer-broken', `This is not what Daybook makes of a form: ${why}`, { file });
}
