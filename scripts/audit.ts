import type { Audit } from '../src/analysis/audit/document.ts';
import { DaybookError, visible, visibleJson } from '../src/error.ts';
import { auditCsv } from '../src/present/audit/csv.ts';
import { auditHtml } from '../src/present/audit/html.ts';
import { auditText } from '../src/present/audit/text.ts';
import { auditWords } from '../src/present/audit/words.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { readEntries } from '../src/snapshot/checkout.ts';
import { collectAudit, foldOnce, namesOf, openArchive, type Archive, type Period } from './audit/collect.ts';
import { custody } from './audit/custody.ts';
import { selectId } from './instance/select.ts';
import type { World } from './world/world.ts';

const FORMATS = ['text', 'json', 'csv', 'html'] as const;

interface AuditOptions {
  /** Days of UTC, inclusive. */
  from?: string | undefined;
  to?: string | undefined;
  report?: string | undefined;
  format: (typeof FORMATS)[number];
  allRows: boolean;
  /** A snapshot whose number's chain of custody is wanted, in place of a period. */
  number?: string | undefined;
  metric?: string | undefined;
}

const DAYS = 30;
const DAY = 86_400_000;
/** Items of a section that a terminal is given. */
const MOST_ITEMS = 200;

/** Says who changed what in a period, or where one number comes from. Returns the exit code. */
export async function audit(world: World, options: AuditOptions): Promise<number> {
  const { number, metric, format } = options;
  if (number !== undefined) return custody(world, number, { metric, format });
  if (metric !== undefined) throw new DaybookError('wrong-use', '--metric goes with --number', {}, 'Name the snapshot: `npx daybook audit --number <report>@<as-of> --metric <name>`.');
  const definitions = loadDefinitions(world.root);
  const document = await auditPeriod(world, definitions, options);
  const names = namesOf(definitions);
  if (format === 'json') world.out(visibleJson(document));
  else if (format === 'csv') world.out(auditCsv(document, names).trimEnd());
  else if (format === 'html') world.out(auditHtml(auditWords(document, names), document.instance).trimEnd());
  else world.out(visible(auditText(auditWords(document, names), MOST_ITEMS)));
  return 0;
}

/** The audit as data. @throws `wrong-use`, `report-unknown`, `report-ambiguous`, `ledger-broken` */
async function auditPeriod(world: World, definitions: Definitions, { from, to, report, allRows }: Pick<AuditOptions, 'from' | 'to' | 'report' | 'allRows'>): Promise<Audit> {
  const entries = readEntries(world.root);
  const kept = entries.flatMap((entry) => entry.kept.map((one) => one.report));
  const id = report === undefined ? null : selectId(report, [...new Set([...definitions.reports.keys(), ...definitions.broken.keys(), ...kept])]);
  const archive = await openArchive(world, definitions.instance, entries, foldOnce(entries));
  return collectAudit(world, definitions, archive, { ...periodOf(world, archive, from, to), report: id, allRows, most: Infinity });
}

/** By default the last 30 days up to the newest entry. */
function periodOf(world: World, { entries }: Archive, from: string | undefined, to: string | undefined): Period {
  const last = to ?? (entries.at(-1)?.time ?? world.now().toISOString()).slice(0, 10);
  const first = from ?? new Date(Date.parse(last) - (DAYS - 1) * DAY).toISOString().slice(0, 10);
  if (first > last) throw new DaybookError('wrong-use', `the period begins on ${first} and ends before, on ${last}`, {}, 'Write --from with the earlier day.');
  return { from: first, to: last };
}
