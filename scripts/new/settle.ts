import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import { isIdPart, type Definitions } from '../../src/report/load.ts';
import { scheduleProblem } from '../../src/report/schedule.ts';
import type { InferredResult } from '../../src/review/onboard/propose.ts';
import { commentOf } from '../../src/review/onboard/sql-comment.ts';
import { suggestedDescription, suggestedTitle } from '../../src/review/onboard/suggest.ts';
import { slugOf } from '../../src/review/onboard/words.ts';
import { isPerson, missing, type Asker } from './ask.ts';
import type { NewOptions, Subject } from './options.ts';
import { checkTeam, teamCalled, teamsText } from './team.ts';

/** What is known of a report before its data is looked at. */
export interface Placed {
  id: string;
  from: Subject;
  team: string;
  sources: string[] | null;
  schedule: string | undefined;
  template: string;
  /** No option of the command says it; a form may. */
  key?: string[] | undefined;
}

/** What readers are told of a report. */
export interface Described {
  title: string;
  owner: string;
  description: string;
  /** Somebody has said it; else it is a sentence to write anew. */
  described: boolean;
  /** What was taken without being said. */
  notes: string[];
}

/** Who can be asked, and who works here. */
export interface Author {
  /** Asks for what is not said; null where nobody is there. */
  ask: Asker | null;
  /** The address of whoever works here; null where nobody may be taken for it. */
  address: (() => Promise<string | null>) | null;
}

/**
 * The place of a report, and what its first run needs; of what is said for readers, what cannot be right is refused here, before anything runs.
 * @throws `wrong-use`, `id-invalid`
 */
export async function placeOf(id: string | undefined, from: Subject, options: NewOptions, instance: Definitions['instance'], ask: Asker | null): Promise<Placed> {
  const { title, description, owner, schedule, template = 'kpi' } = options;
  if (title !== undefined) checkTitle(title);
  if (description?.trim() === '') throw new DaybookError('wrong-use', 'the description has no words', {}, 'Leave --description out, or say what the report shows.');
  if (owner?.trim() === '') throw new DaybookError('wrong-use', 'the owner has no words', {}, GIVE_OWNER);
  const wrong = schedule === undefined ? null : scheduleProblem({ cron: schedule, timezone: instance.defaults.timezone });
  if (wrong) throw new DaybookError('wrong-use', wrong.message, { key: 'schedule' }, 'Give --schedule "0 6 * * *": minute, hour, day of month, month, day of week.');

  const team = options.team ?? await teamOf(id, from, instance, ask);
  checkTeam(team, instance);
  const whole = id ?? (slugOf(path.basename(from.file).replace(/\..*$/, '')) || 'report');
  const full = whole.includes('/') ? whole : `${team}/${whole}`;
  const bad = full.split('/').find((part) => !isIdPart(part));
  if (bad !== undefined) throw new DaybookError('id-invalid', `"${bad}" cannot be part of a report’s id`, { key: 'id' });
  const sources = options.sources?.split(',').map((name) => name.trim()).filter(Boolean) ?? null;
  return { id: full, from, team, sources, schedule, template };
}

/**
 * Title, description and owner. They are asked for when the data has been looked at: it says most of them, and what is wrong with
 * it comes before anything is typed.
 * @throws `wrong-use` for what nobody says
 */
export async function describe({ id, from, team, template }: Placed, options: NewOptions, reports: Definitions['reports'], found: InferredResult, { ask, address }: Author): Promise<Described> {
  const notes: string[] = [];
  const comment = from.kind === 'sql' ? commentOf(from.sql.text) : { title: null, description: null };
  const named = comment.title ?? suggestedTitle(id.split('/').at(-1)!, found.draft.time && (template === 'weekly' ? 'week' : found.draft.time.period));
  const title = (options.title ?? (ask ? await missing(ask, { question: 'Title', suggested: named, remedy: GIVE_TITLE, check: checkTitle }) : named)).trim();
  checkTitle(title);
  const proposed = comment.description ?? suggestedDescription(found, from.kind === 'sql' ? from.read?.tables ?? [] : [from.file]);
  const said = (options.description ?? (ask ? await missing(ask, { question: 'What it shows', suggested: proposed, remedy: 'Say in a sentence what the report shows.' }) : proposed)).replace(/\s+/g, ' ').trim();
  const owner = (options.owner ?? await ownerFor(team, reports, { ask, address }, notes)).trim();

  const taken = [...(options.title === undefined && title === comment.title ? [`the title “${title}”`] : []), ...(options.description === undefined && said === comment.description ? [`the description “${said}”`] : [])];
  if (taken.length > 0 && !isPerson(ask)) notes.unshift(`from the comment of the query: ${taken.join(' and ')}`);
  return { title, owner, description: said, described: options.description !== undefined || said !== proposed, notes };
}

/** The first part of an id is its team, unless another is named; of a query, the folder that it lies in may be. */
async function teamOf(id: string | undefined, from: Subject, instance: Definitions['instance'], ask: Asker | null): Promise<string> {
  if (id?.includes('/')) return id.split('/')[0]!;
  const teams = Object.keys(instance.teams);
  if (teams.length === 1) return teams[0]!;
  const folder = path.basename(path.dirname(from.file));
  const suggested = teams.includes(folder) ? folder : undefined;
  if (suggested !== undefined && !ask) return suggested;
  const known = teamsText(instance);
  return teamCalled(await missing(ask, { question: `Team (${known})`, suggested, remedy: `Give --team: ${known}.`, check: (team) => checkTeam(teamCalled(team, instance), instance) }), instance);
}

const GIVE_TITLE = 'Give --title: what readers call the report, in at most 160 characters.';

function checkTitle(title: string): void {
  const { length } = title.trim();
  if (length === 0 || length > 160) throw new DaybookError('wrong-use', length === 0 ? 'the title has no words' : `the title has ${length} characters; at most 160 are allowed`, {}, GIVE_TITLE);
}

const GIVE_OWNER = 'Give --owner you@example.org: who answers for the numbers.';

/** Who answers for a team's reports; else whoever works here, which is said. @throws `wrong-use` where nobody is known */
export async function ownerFor(team: string, reports: Definitions['reports'], { ask, address }: Author, notes: string[]): Promise<string> {
  const known = ownerOf(team, reports);
  if (known !== undefined) return known;
  const own = (await address?.()) ?? undefined;
  const owner = ask || own === undefined ? await missing(ask, { question: ask ? 'Owner (an address or a handle)' : 'the owner', suggested: own, remedy: GIVE_OWNER }) : own;
  if (owner === own && !isPerson(ask)) notes.push(`the owner is ${owner}, your address in Git; --owner names another`);
  return owner;
}

/** Who answers for all of a team's reports, where that is one. */
export function ownerOf(team: string, reports: Definitions['reports']): string | undefined {
  const owners = new Set([...reports.values()].filter((report) => report.team === team).map(({ owner }) => owner));
  return owners.size === 1 ? [...owners][0] : undefined;
}
