import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { isIdPart, type Definitions } from '../src/report/load.ts';
import { didYouMean } from '../src/report/near.ts';
import { scheduleProblem } from '../src/report/schedule.ts';
import { TEMPLATES } from '../src/review/onboard/templates.ts';
import { labelOf, slugOf } from '../src/review/onboard/words.ts';
import type { Asker } from './new-ask.ts';
import { checkTeam, teamsText } from './new-team.ts';

export interface NewOptions {
  sql?: string | undefined;
  data?: string | undefined;
  title?: string | undefined;
  description?: string | undefined;
  team?: string | undefined;
  owner?: string | undefined;
  sources?: string | undefined;
  schedule?: string | undefined;
  template?: string | undefined;
  narrative?: boolean | undefined;
  propose?: boolean | undefined;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

/** What the author says, complete. */
export interface Settled {
  id: string;
  /** `data`: what the SQL reads, where that is not described yet. */
  from: { kind: 'sql' | 'data'; file: string; data?: string | undefined };
  title: string;
  team: string;
  owner: string;
  sources: string[] | null;
  schedule: string | undefined;
  template: string;
  /** In place of what is found. */
  description?: string | undefined;
  /** Also; no option of the command says it. */
  key?: string[] | undefined;
}

/** Those that take any data, and those of templates.ts. */
export const ANY_DATA = ['kpi', 'weekly'];

/** @param ask asks for what is not said; null where nobody is there. @throws `wrong-use` */
export async function settle(id: string | undefined, options: NewOptions, { instance, reports }: Pick<Definitions, 'instance' | 'reports'>, ask: Asker | null): Promise<Settled> {
  const { sql, data, template = 'kpi' } = options;
  const templates = [...ANY_DATA, ...Object.keys(TEMPLATES)];
  if (!templates.includes(template)) throw new DaybookError('wrong-use', `there is no template "${template}"${didYouMean(template, templates)}`, {}, `Templates: ${templates.join(', ')}.`);
  if (sql === undefined && data !== undefined && options.sources !== undefined) throw new DaybookError('wrong-use', '--sources goes with --sql', {}, 'The data file becomes the source.');
  const file = sql ?? data ?? await missing(ask, 'SQL or data file', undefined, 'Give --sql file.sql, or --data file.csv (or .parquet, .json, .ndjson).');
  const kind = sql !== undefined || (data === undefined && /\.sql$/i.test(file)) ? 'sql' : 'data';
  if (kind === 'sql' && !ANY_DATA.includes(template)) throw new DaybookError('wrong-use', `the template ${template} makes its own query`, {}, 'Give it the data: --data file.csv.');

  const teams = Object.keys(instance.teams);
  // The first part of an id is its team, unless another is named.
  const first = id?.includes('/') ? id.split('/')[0]! : undefined;
  const team = options.team ?? first ?? (teams.length === 1 ? teams[0]! : await missing(ask, `Team (${teamsText(instance)})`, undefined, `Give --team: ${teamsText(instance)}.`));
  checkTeam(team, instance);
  const proposed = `${team}/${slugOf(path.basename(file).replace(/\..*$/, '')) || 'report'}`;
  const whole = id ?? (ask ? await ask('Id of the report', proposed) : proposed);
  const full = whole.includes('/') ? whole : `${team}/${whole}`;
  const bad = full.split('/').find((part) => !isIdPart(part));
  if (bad !== undefined) throw new DaybookError('id-invalid', `"${bad}" cannot be part of a report’s id`);
  const known = ownerOf(team, reports);
  const owner = options.owner ?? (ask ? await missing(ask, 'Owner (an address or a handle)', known, '') : known ?? await missing(null, 'owner', undefined, 'Give --owner you@example.org: who answers for the numbers.'));
  const title = options.title ?? (ask ? await ask('Title', labelOf(full.split('/').at(-1)!.replaceAll('-', ' '))) : labelOf(full.split('/').at(-1)!.replaceAll('-', ' ')));
  if (title.trim() === '' || title.trim().length > 160 || owner.trim() === '') throw new DaybookError('wrong-use', 'title and owner have to be texts, the title of at most 160 characters');
  if (options.schedule !== undefined) {
    const wrong = scheduleProblem({ cron: options.schedule, timezone: instance.defaults.timezone });
    if (wrong) throw new DaybookError('wrong-use', wrong.message, {}, 'Give --schedule "0 6 * * *": minute, hour, day of month, month, day of week.');
  }
  const sources = options.sources?.split(',').map((name) => name.trim()).filter(Boolean) ?? null;
  const description = options.description?.replace(/\s+/g, ' ').trim();
  if (description === '') throw new DaybookError('wrong-use', 'the description has no words', {}, 'Leave --description out, or say what the report shows.');
  return { id: full, from: { kind, file, data: kind === 'sql' ? data : undefined }, title: title.trim(), team, owner: owner.trim(), sources, schedule: options.schedule, template, description };
}

/** Who answers for all of a team's reports, where that is one. */
export function ownerOf(team: string, reports: Definitions['reports']): string | undefined {
  const owners = new Set([...reports.values()].filter((report) => report.team === team).map(({ owner }) => owner));
  return owners.size === 1 ? [...owners][0] : undefined;
}

async function missing(ask: Asker | null, question: string, suggested: string | undefined, remedy: string): Promise<string> {
  if (!ask) throw new DaybookError('wrong-use', `${question} is not given`, {}, remedy);
  for (let tries = 0; tries < 3; tries++) {
    const answer = await ask(question, suggested);
    if (answer !== '') return answer;
  }
  throw new DaybookError('wrong-use', `${question} is not given`);
}
