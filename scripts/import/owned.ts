import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { segmentsOf } from '../../src/review/onboard/import-names.ts';
import type { ImportFinding, PlannedReport } from '../../src/review/onboard/import-plan.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import type { Asker } from '../new/ask.ts';
import { ownerFor, ownerOf } from '../new/settle.ts';
import { checkTeam, teamsText } from '../new/team.ts';
import type { Owned } from './report.ts';

/** Whose each report is. */
export interface Belongings {
  /** The report’s id, its team and its owner; or why it has no team. */
  of: (planned: PlannedReport) => (Owned & { id: string }) | (ImportFinding & { id: string });
  /** What was taken without being said. */
  notes: string[];
}

interface Said {
  team: string | undefined;
  owner: string | undefined;
}

/**
 * The team that is named; else, where folders are called as teams are, that of each file’s folder; else the only one.
 * @param files paths of all SQL files; none where folders mean something else
 * @throws `wrong-use` where no team or no owner is known
 */
export async function belongingsOf({ instance, reports }: Definitions, { team: asked, owner: given }: Said, files: readonly string[], ask: Asker | null, author: () => Promise<string | null>): Promise<Belongings> {
  const teams = Object.keys(instance.teams);
  if (asked !== undefined) checkTeam(asked, instance);
  const folders = asked === undefined ? new Set(files.flatMap((file) => teamFolder(file, teams) ?? [])) : new Set<string>();
  const only = asked ?? (teams.length === 1 ? teams[0]! : undefined);
  if (only === undefined && folders.size === 0) throw new DaybookError('wrong-use', 'the team is not given', {}, `Give --team: ${teamsText(instance)}. Or put the SQL files into folders that are called so.`);
  if (given?.trim() === '') throw new DaybookError('wrong-use', 'the owner is not given', {}, 'Give --owner you@example.org: who answers for the numbers.');
  const notes: string[] = [];
  const owners = new Map<string, string>();
  let someone: string | undefined;
  for (const team of new Set([...folders, ...(only === undefined ? [] : [only])])) {
    // One question is enough for all teams that nobody answers for yet.
    const owner = given?.trim() ?? ownerOf(team, reports) ?? (someone ??= await ownerFor(team, reports, { ask, address: author }, notes));
    owners.set(team, owner);
  }
  const of: Belongings['of'] = ({ name, from }) => {
    const folder = teamFolder(from.file, [...folders]);
    const team = folder ?? only;
    if (team === undefined) return { id: name, kind: 'block', file: from.file, line: from.line, what: `it lies in no folder that is called as a team is (${oneLineOf([...folders].join(', '), 100)} here)`, remedy: `Move it into one of ${teamsText(instance)}, or give --team.` };
    return { id: folder === undefined ? `${team}/${name}` : name, team, owner: owners.get(team)! };
  };
  return { of, notes };
}

/** The team whose name the first folder has. */
function teamFolder(file: string, teams: readonly string[]): string | undefined {
  const [first, ...rest] = segmentsOf(file);
  return rest.length > 0 && teams.includes(first!) ? first : undefined;
}
