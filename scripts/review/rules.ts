import { loosenedKeep, loosenedSchedule, loosenedSource, loosenedSources } from '../../src/analysis/gate/loosened.ts';
import { unmarkedReaders } from '../../src/analysis/gate/personal-readers.ts';
import type { Instance, Report } from '../../src/report/report.ts';
import { reviewSchema, type ReviewPolicy } from '../../src/report/schema.ts';
import type { ReviewedChange } from './change.ts';

/**
 * How a change of each key of daybook.yml is told as one of rules: by its name alone; by its parts; or not here, since the reports
 * that have it from there are compared. A key that is new in the schema has to be entered.
 */
const INSTANCE: Record<keyof Instance, 'whole' | 'parts' | 'reports'> = {
  instance: 'whole', ledger: 'whole', limits: 'whole', source_roots: 'whole', personal_store: 'whole', git: 'whole', url: 'whole', repository: 'whole',
  review: 'parts', title: 'parts', description: 'parts', teams: 'parts',
  defaults: 'reports',
};

/** Rules that the head would have otherwise: of reviews, of how results are held and kept, by whom, and where readers are led. */
export function policyOf({ base, head, written: rules, proposed }: ReviewedChange): string[] {
  if (proposed === null) return [];
  const gates = Object.entries(rules.review.gates).flatMap(([gate, level]) => (proposed.review.gates[gate as keyof typeof proposed.review.gates] === level ? [] : [`gates.${gate}`]));
  const own = (Object.keys(reviewSchema.shape) as (keyof ReviewPolicy)[]).filter((key) => key !== 'gates' && !same(rules.review[key], proposed.review[key]));
  const others = (Object.keys(INSTANCE) as (keyof Instance)[]).filter((key) => INSTANCE[key] === 'whole' && !same(rules[key], proposed[key]));
  const called = (['title', 'description'] as const).flatMap((key) => (rules[key] === proposed[key] ? [] : [`${key}: ${rules[key] ?? 'none'} → ${proposed[key] ?? 'none'}`]));
  const teams = Object.entries(rules.teams).flatMap(([team, { title, description }]) => {
    const now = proposed.teams[team];
    return [
      ...(now?.title === title ? [] : [`teams.${team}: ${title} → ${now?.title ?? 'none'}`]),
      ...(now === undefined || now.description === description ? [] : [`teams.${team}.description: ${description ?? 'none'} → ${now.description ?? 'none'}`]),
    ];
  });
  const reports = [...base.definitions.reports.values()].flatMap((report) => {
    const now = head.definitions.reports.get(report.id) ?? null;
    if (now === null && head.definitions.broken.has(report.id)) return [];
    const name = now === null ? `${report.file} (removed)` : now.file === report.file ? report.file : `${report.file} (now ${now.file})`;
    return otherwise(report, now).map((key) => `${name}: ${key}`);
  });
  return [...[...gates, ...own].map((key) => `daybook.yml: review.${key}`), ...[...others, ...called, ...teams].map((key) => `daybook.yml: ${key}`), ...reports, ...unmarkedReaders({ base: base.definitions, head: head.definitions }), ...loosened({ base, head })];
}

/** What is promised about lateness, and would be promised less. */
function loosened({ base: { definitions: before }, head: { definitions: after } }: Pick<ReviewedChange, 'base' | 'head'>): string[] {
  const sources = [...before.sources.values()].flatMap((source) => {
    const now = after.sources.get(source.name);
    return now ? loosenedSource(source, now).map((key) => `${now.file}: ${key}`) : [];
  });
  const reports = [...before.reports.values()].flatMap((report) => {
    const now = after.reports.get(report.id);
    if (!now) return [];
    const read = [[report, before], [now, after]] as const;
    const [old, others] = read.map(([one, { sources }]) => one.sources.flatMap((name) => sources.get(name) ?? []));
    return [...loosenedSchedule(report.schedule, now.schedule), ...loosenedSources(old!, others!)].map((key) => `${now.file}: ${key}`);
  });
  return [...sources, ...reports];
}

/** What people promised of a report, and which no result shows. @param now null where it is gone, and each of its promises with it */
function otherwise(before: Report, now: Report | null): string[] {
  return [
    ...(same(before.review, now?.review) ? [] : ['review']),
    ...((now?.approvers ?? 0) < before.approvers ? ['approval'] : []),
    // Either way: what may be erased from now on, and what no longer.
    ...(before.legal_hold === (now?.legal_hold ?? false) ? [] : ['legal_hold']),
    ...(before.retain === now?.retain ? [] : ['retain']),
    ...(before.personal.some((name) => !now?.personal.includes(name)) ? ['personal'] : []),
    ...(now === null ? [] : changedHands(before, now)),
  ];
}

/** Who answers, and is asked for reviews; and rows and snapshots that leave the site. */
function changedHands(before: Report, now: Report): string[] {
  const isMore = now.personal.some((name) => !before.personal.includes(name)) && before.personal.every((name) => now.personal.includes(name));
  return [
    ...(before.owner === now.owner ? [] : [`owner: ${before.owner} → ${now.owner}`]),
    ...(isMore ? [`personal: ${before.personal.join(', ') || 'none'} → ${now.personal.join(', ')}`] : []),
    ...loosenedKeep(before.keep, now.keep),
  ];
}

/** Commands that the job would run after a merge, and the secrets that they would see. */
export function commandsOf({ base, head }: ReviewedChange): string[] {
  return [...head.definitions.sources.values()].flatMap((source) => {
    const before = base.definitions.sources.get(source.name);
    const keys = (['prepare', 'secrets'] as const).filter((key) => source.prepare !== undefined && !same(before?.[key], source[key]));
    return keys.map((key) => `${source.file}: ${key}`);
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
