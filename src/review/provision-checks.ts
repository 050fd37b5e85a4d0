import { readYaml } from '../report/yaml.ts';
import { CHECK } from './check-run.ts';

/** A workflow of `.github/workflows`. */
export interface WorkflowFile {
  name: string;
  text: string;
}

const REVIEW = 'review.yml';
const COMMENT = 'comment.yml';

/**
 * Names of the checks that a pull request has to pass: the jobs of workflows that run for each, and the verdict of the review.
 * Where comment.yml is there, that verdict is its check, which waivers can change, and not the job that found it. Workflows for
 * some paths alone, and jobs that run several times, have no check that each pull request has.
 * @throws `yaml-syntax`
 */
export function requiredChecks(files: readonly WorkflowFile[]): string[] {
  const told = files.some(({ name }) => name === COMMENT);
  const names = files.filter(({ name }) => !(told && name === REVIEW)).flatMap(({ name, text }) => checksOf(text, `.github/workflows/${name}`));
  return [...new Set([...names, ...(told ? [CHECK] : [])])].sort();
}

function checksOf(text: string, file: string): string[] {
  const { on, jobs } = objectOf(readYaml(text, file).value);
  const starts = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(objectOf(on));
  const { paths, 'paths-ignore': ignored, branches, types } = objectOf(objectOf(on)['pull_request']);
  if (!starts.includes('pull_request') || [paths, ignored, branches].some((limit) => limit !== undefined) || !startsAlways(types)) return [];
  return Object.entries(objectOf(jobs)).flatMap(([id, job]) => {
    const { name, strategy } = objectOf(job);
    return strategy === undefined ? [typeof name === 'string' ? name : id] : [];
  });
}

/** What GitHub starts a workflow by where it says nothing: it may say more, and not less. */
const USUAL = ['opened', 'synchronize', 'reopened'];

function startsAlways(types: unknown): boolean {
  return types === undefined || (Array.isArray(types) && USUAL.every((type) => types.includes(type)));
}

function objectOf(value: unknown): { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { [key: string]: unknown }) : {};
}
