import { DaybookError } from '../../error.ts';
import { hasClock, parsedSql } from './date-format.ts';
import type { Draft } from './draft.ts';
import type { ProposedMetric } from './metrics.ts';
import { columnSql, nameSql } from './names.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import { wordsOf } from './words.ts';

/** A column that a template needs or can use: names that are taken for it, and what it must hold. */
interface Role {
  names: string[];
  kind: 'text' | 'date' | 'number';
  optional?: true;
}

type Columns<R extends string> = { [role in R]: string } & { has: (role: R) => boolean };

interface Template {
  /** In one line, for help and messages. */
  what: string;
  roles: { [role: string]: Role };
  sql: (column: Columns<string>, source: string) => string;
  key: string[];
  metrics: (has: (role: string) => boolean) => ProposedMetric[];
  time: boolean;
}

const DONE = `('done', 'complete', 'completed', 'closed', 'finished', 'delivered', 'resolved', 'fixed')`;
const isDone = (status: string): string => `coalesce(lower(trim(${status})) IN ${DONE}, false)`;
const count = (condition: string, name: string): string => `CAST(${condition} AS INTEGER) AS ${name}`;
const percent = { format: '.1%' } as const;

/** Templates that read a file of a certain kind; `kpi` and `weekly` take any. */
export const TEMPLATES: { [name: string]: Template } = {
  milestones: {
    what: 'status report: milestones, what is late, risks',
    roles: {
      milestone: { names: ['milestone', 'task', 'deliverable', 'item', 'name', 'title'], kind: 'text' },
      due: { names: ['due', 'due_date', 'deadline', 'target_date', 'planned', 'date'], kind: 'date' },
      status: { names: ['status', 'state', 'progress'], kind: 'text' },
      owner: { names: ['owner', 'assignee', 'responsible', 'who'], kind: 'text', optional: true },
      risk: { names: ['risk', 'risk_level', 'rag', 'health'], kind: 'text', optional: true },
    },
    sql: (c) => [
      `  ${c['milestone']} AS milestone`, `  ${c['due']} AS due`, `  ${c['status']} AS status`,
      ...(c.has('owner') ? [`  ${c['owner']} AS owner`] : []), ...(c.has('risk') ? [`  ${c['risk']} AS risk`] : []),
      `  ${count(isDone(c['status']!), 'done')}`, `  ${count(`NOT ${isDone(c['status']!)} AND coalesce(CAST(${c['due']} AS DATE) < CAST($as_of AS DATE), false)`, 'late')}`,
      ...(c.has('risk') ? [`  ${count(`NOT ${isDone(c['status']!)} AND coalesce(lower(trim(${c['risk']})) IN ('high', 'red', 'critical', 'severe'), false)`, 'at_risk')}`] : []),
    ].join(',\n'),
    key: ['milestone'],
    metrics: (has) => [
      { name: 'late', label: 'Late', value: 'sum(late)', format: ',d', better: 'lower', target: 0, reason: 'due before the as-of, and not done' },
      { name: 'done', label: 'Done', value: 'sum(done) / count()', ...percent, better: 'higher', reason: `status is one of ${DONE.slice(1, -1).replaceAll("'", '')}` },
      ...(has('risk') ? [{ name: 'at_risk', label: 'At high risk', value: 'sum(at_risk)', format: ',d', better: 'lower' as const, target: 0, reason: 'risk is high, red, critical or severe, and not done' }] : []),
      { name: 'milestones', label: 'Milestones', value: 'count()', format: ',d', reason: 'all rows' },
    ],
    time: false,
  },
  okr: {
    what: 'objectives and key results: progress from start to target',
    roles: {
      objective: { names: ['objective', 'goal', 'area'], kind: 'text' },
      key_result: { names: ['key_result', 'kr', 'result', 'measure', 'kpi', 'metric'], kind: 'text' },
      start: { names: ['start', 'baseline', 'from', 'initial'], kind: 'number', optional: true },
      actual: { names: ['actual', 'current', 'value', 'now', 'today'], kind: 'number' },
      target: { names: ['target', 'goal_value', 'to', 'plan'], kind: 'number' },
      owner: { names: ['owner', 'team', 'responsible'], kind: 'text', optional: true },
    },
    sql: (c) => {
      const start = c.has('start') ? c['start']! : '0';
      return [
        `  ${c['objective']} AS objective`, `  ${c['key_result']} AS key_result`, ...(c.has('owner') ? [`  ${c['owner']} AS owner`] : []),
        ...(c.has('start') ? [`  ${c['start']} AS start`] : []), `  ${c['actual']} AS actual`, `  ${c['target']} AS target`,
        `  least(1, greatest(0, (CAST(${c['actual']} AS DOUBLE) - ${start}) / nullif(CAST(${c['target']} AS DOUBLE) - ${start}, 0))) AS progress`,
        `  ${count(`coalesce(CASE WHEN ${c['target']} >= ${start} THEN ${c['actual']} >= ${c['target']} ELSE ${c['actual']} <= ${c['target']} END, false)`, 'reached')}`,
      ].join(',\n');
    },
    key: ['objective', 'key_result'],
    metrics: () => [
      { name: 'progress', label: 'Progress', value: 'mean(progress)', ...percent, better: 'higher', target: 0.7, reason: 'mean of all key results, each from 0 to 1; 0.7 is a usual aim' },
      { name: 'reached', label: 'Reached', value: 'sum(reached) / count()', ...percent, better: 'higher', reason: 'key results at their target' },
      { name: 'key_results', label: 'Key results', value: 'count()', format: ',d', reason: 'all rows' },
    ],
    time: false,
  },
  findings: {
    what: 'findings: what is open, overdue and severe',
    roles: {
      finding: { names: ['finding', 'id', 'issue', 'title', 'name'], kind: 'text' },
      severity: { names: ['severity', 'priority', 'risk', 'level'], kind: 'text' },
      status: { names: ['status', 'state'], kind: 'text' },
      due: { names: ['due', 'due_date', 'deadline', 'target_date'], kind: 'date' },
      owner: { names: ['owner', 'assignee', 'team', 'responsible'], kind: 'text', optional: true },
    },
    sql: (c) => {
      const open = `NOT ${isDone(c['status']!)}`;
      return [
        `  ${c['finding']} AS finding`, `  ${c['severity']} AS severity`, `  ${c['status']} AS status`, `  ${c['due']} AS due`, ...(c.has('owner') ? [`  ${c['owner']} AS owner`] : []),
        `  ${count(open, 'is_open')}`, `  ${count(`${open} AND coalesce(CAST(${c['due']} AS DATE) < CAST($as_of AS DATE), false)`, 'overdue')}`,
        `  ${count(`${open} AND coalesce(lower(trim(${c['severity']})) IN ('critical', 'high', 'severe', 'p0', 'p1'), false)`, 'severe')}`,
      ].join(',\n');
    },
    key: ['finding'],
    metrics: () => [
      { name: 'overdue', label: 'Overdue', value: 'sum(overdue)', format: ',d', better: 'lower', target: 0, reason: 'open, and due before the as-of' },
      { name: 'severe', label: 'Severe and open', value: 'sum(severe)', format: ',d', better: 'lower', target: 0, reason: 'severity is critical, high, severe, p0 or p1' },
      { name: 'is_open', label: 'Open', value: 'sum(is_open)', format: ',d', better: 'lower', reason: 'status is none of those that mean done' },
    ],
    time: false,
  },
  sla: {
    what: 'service level: what was met of all, by day',
    roles: {
      day: { names: ['day', 'date', 'week', 'month', 'period'], kind: 'date' },
      met: { names: ['met', 'within_sla', 'within', 'on_time', 'ok', 'in_time'], kind: 'number' },
      total: { names: ['total', 'requests', 'tickets', 'incidents', 'count', 'all'], kind: 'number' },
      service: { names: ['service', 'team', 'queue', 'system', 'name'], kind: 'text', optional: true },
    },
    sql: (c) => [`  CAST(${c['day']} AS DATE) AS day`, ...(c.has('service') ? [`  coalesce(${c['service']}, '(none)') AS service`] : []), `  sum(${c['met']}) AS met`, `  sum(${c['total']}) AS total`].join(',\n'),
    key: ['day'],
    metrics: () => [
      { name: 'service_level', label: 'Service level', value: 'sum(met) / sum(total)', format: '.2%', better: 'higher', target: 0.99, reason: 'set the target that was agreed' },
      { name: 'missed', label: 'Missed', value: 'sum(total) - sum(met)', format: ',d', better: 'lower', reason: 'all but those that were met' },
      { name: 'total', label: 'Total', value: 'sum(total)', format: ',d', reason: 'what the level is counted of' },
    ],
    time: true,
  },
  roi: {
    what: 'return on investment: benefit against cost, by initiative',
    roles: {
      initiative: { names: ['initiative', 'project', 'campaign', 'investment', 'name'], kind: 'text' },
      cost: { names: ['cost', 'costs', 'spend', 'invested', 'budget'], kind: 'number' },
      benefit: { names: ['benefit', 'benefits', 'revenue', 'saving', 'savings', 'return', 'returns'], kind: 'number' },
    },
    sql: (c) => [`  ${c['initiative']} AS initiative`, `  sum(${c['cost']}) AS cost`, `  sum(${c['benefit']}) AS benefit`].join(',\n'),
    key: ['initiative'],
    metrics: () => [
      { name: 'roi', label: 'Return on investment', value: '(sum(benefit) - sum(cost)) / sum(cost)', ...percent, better: 'higher', target: 0, reason: '0 % is where benefit equals cost' },
      { name: 'benefit', label: 'Benefit', value: 'sum(benefit)', format: ',.0f', better: 'higher', reason: 'adds up' },
      { name: 'cost', label: 'Cost', value: 'sum(cost)', format: ',.0f', reason: 'adds up' },
    ],
    time: false,
  },
};

const GROUPED: ReadonlySet<string> = new Set(['sla', 'roi']);

export interface FromTemplate {
  draft: Draft;
  key: string[];
  metrics: ProposedMetric[];
}

/**
 * The report of a template over a source's columns.
 * @throws `wrong-use` naming the columns that are missing, and the names under which they are looked for
 */
export function fromTemplate(name: string, profile: Profile, source: string): FromTemplate {
  const template = TEMPLATES[name]!;
  const taken = new Map<string, ColumnProfile>();
  for (const [role, wanted] of Object.entries(template.roles)) {
    const column = wanted.names.map((one) => profile.columns.find((found) => wordsOf(found.name).join('_') === one && fits(found, wanted) && ![...taken.values()].includes(found))).find((found) => found !== undefined);
    if (column) taken.set(role, column);
  }
  const missing = Object.entries(template.roles).filter(([role, { optional }]) => !optional && !taken.has(role));
  if (missing.length > 0) {
    const hint = missing.map(([role, { names, kind }]) => `"${role}": a column of ${kind === 'date' ? 'dates' : `${kind}s`} named ${names.join(', ')}`).join('; ');
    throw new DaybookError('wrong-use', `the template ${name} needs ${missing.map(([role]) => `a column "${role}"`).join(' and ')}, and the file has ${profile.columns.slice(0, 12).map((column) => `"${column.name}"`).join(', ')}`, {}, `Name the columns so, or leave --template out. Looked for ${hint}.`);
  }
  const has = (role: string): boolean => taken.has(role);
  const columns = { ...Object.fromEntries([...taken].map(([role, column]) => [role, valueOf(column, template.roles[role]!, source)])), has } as Columns<string>;
  const where = template.time ? `\nWHERE CAST(${columns['day']} AS DATE) <= $as_of` : '';
  const sql = `-- ${template.what}\nSELECT\n${template.sql(columns, source)}\nFROM ${nameSql(source)}${where}${GROUPED.has(name) ? '\nGROUP BY ALL' : ''}\n`;
  const time = template.time ? { column: 'day', period: 'day' as const, reason: 'a service level is counted by day' } : null;
  return { draft: { sql, labels: new Map(), time }, key: [...template.key, ...(name === 'sla' && has('service') ? ['service'] : [])], metrics: template.metrics(has) };
}

function fits({ kind, dateFormat }: ColumnProfile, role: Role): boolean {
  if (role.kind === 'date') return kind === 'date' || kind === 'timestamp' || dateFormat !== null;
  if (role.kind === 'number') return kind === 'integer' || kind === 'decimal' || kind === 'double';
  return kind === 'text' || kind === 'integer' || kind === 'boolean';
}

function valueOf({ name, kind, dateFormat }: ColumnProfile, role: Role, source: string): string {
  const column = columnSql(source, name);
  if (role.kind === 'date' && dateFormat !== null) return hasClock(dateFormat) ? `CAST(${parsedSql(column, dateFormat)} AS DATE)` : parsedSql(column, dateFormat);
  return role.kind === 'text' && kind !== 'text' ? `CAST(${column} AS VARCHAR)` : column;
}
