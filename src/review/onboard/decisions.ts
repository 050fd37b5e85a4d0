/** What stands above what a person has to decide, in the comments that the YAML of an imported report begins with. */
const HEAD = 'To decide; take each line out when it is done:';

const MOST = 50;

/** Lines of comments. */
export function decisionLines(decisions: readonly string[]): string[] {
  return decisions.length === 0 ? [] : [HEAD, ...decisions.map((one) => `- ${one}`)];
}

/** What is still to decide of a report, by its YAML. */
export function decisionsIn(yaml: string): string[] {
  const lines = yaml.split(/\r?\n/, 2_000);
  const from = lines.indexOf(`# ${HEAD}`) + 1;
  if (from === 0) return [];
  const end = lines.findIndex((line, index) => index >= from && !line.startsWith('# - '));
  return lines.slice(from, end < 0 ? undefined : end).slice(0, MOST).map((line) => line.slice('# - '.length));
}
