import { DaybookError } from '../../src/error.ts';
import { isIdPart } from '../../src/report/load.ts';
import { didYouMean } from '../../src/report/near.ts';
import type { Instance } from '../../src/report/report.ts';
import { labelOf, oneLineOf } from '../../src/review/onboard/words.ts';

/** As a question, an error and a remedy show them. */
export function teamsText({ teams }: Pick<Instance, 'teams'>): string {
  const names = Object.keys(teams);
  return names.slice(0, 12).join(', ') + (names.length > 12 ? `, … (${names.length})` : '');
}

/** @throws `wrong-use` with the teams that there are, and what to write for one more */
export function checkTeam(team: string, instance: Pick<Instance, 'teams'>): void {
  const teams = Object.keys(instance.teams);
  if (teams.includes(team)) return;
  const added = isIdPart(team) ? ` For a new one, add \`${team}: { title: ${labelOf(team.replaceAll('-', ' '))} }\` below \`teams\` in daybook.yml.` : '';
  throw new DaybookError('wrong-use', `there is no team "${oneLineOf(team)}"${didYouMean(team, teams)}`, { file: 'daybook.yml', key: 'teams' }, `Teams: ${teamsText(instance)}.${added}`);
}

/** On a terminal the beginning of a team's name is enough, where no other begins so. */
export function teamCalled(answer: string, { teams }: Pick<Instance, 'teams'>): string {
  const names = Object.keys(teams);
  const begun = names.filter((name) => name.startsWith(answer));
  return answer !== '' && !names.includes(answer) && begun.length === 1 ? begun[0]! : answer;
}
