import { count } from '../../src/snapshot/count.ts';
import type { Size } from '../../src/store/size.ts';
import { sizeText, type DoctorFinding, type Forecast, type LIMITS, type Measured } from './judge.ts';

/** What is beside Git: derived, and made again where it is deleted. */
export interface Derived {
  folder: string;
  files: number;
  bytes: number;
}

interface DoctorOutput extends Measured {
  commit: string;
  whole: boolean;
  packed: boolean;
  bytes: number;
  forecast: Forecast | null;
  limits: typeof LIMITS;
  findings: DoctorFinding[];
  derived: Derived[];
}

/** A phone's terminal, upright. */
const WIDTH = 46;
/** Reports that are listed; `--json` has all of them. */
const MOST = 12;

/** For people: what is wrong first, then where the bytes are. */
export function doctorText(title: string, told: DoctorOutput): string {
  const { sizes, folders } = told;
  const lines = [...wrap(title, ''), `commit ${told.commit.slice(0, 12)}`, '', ...verdict(told)];
  for (const { severity, what, remedy } of told.findings) lines.push('', ...wrap(what, `${severity.toUpperCase().padEnd(4)} `), ...wrap(remedy, '  →  '));
  lines.push('', `Git’s folder: ${sizeText(told.bytes)}`, ...clone(told), ...pace(told.forecast, told.whole));
  if (folders) lines.push('', `${count(folders.snapshotFiles)} snapshot files`, `${count(folders.entries)} ledger entries`);
  lines.push('', ...table('What takes it', [['snapshots', sizes.snapshots], ['ledger', sizes.ledger], ['written by people', sizes.files], ['folders, commits', sizes.trees]]));
  const reports = sizes.reports.toSorted((a, b) => total(b.years).disk - total(a.years).disk);
  for (const { report, years } of reports.slice(0, MOST)) lines.push('', ...table(report, Object.entries(years).sort(([a], [b]) => (a < b ? 1 : -1))));
  if (reports.length > MOST) lines.push('', `… and ${count(reports.length - MOST)} more reports: --json`);
  lines.push('', 'Largest files', ...sizes.largest.slice(0, 3).flatMap(({ path, raw }) => [`  ${path}`, `    ${sizeText(raw)}`]));
  if (folders) lines.push('', 'Fullest folders', ...folders.fullest.slice(0, 3).flatMap(({ folder, entries }) => [`  ${folder || '(top)'}`, `    ${count(entries)} entries of ${count(told.limits.folder.most)}`]));
  if (told.derived.length > 0) lines.push('', 'Beside Git, derived', ...told.derived.map(({ folder, bytes }) => `  ${folder.padEnd(WIDTH - 14)} ${sizeText(bytes).padStart(8)}`));
  return lines.join('\n');
}

function verdict({ findings, whole: isWhole }: DoctorOutput): string[] {
  if (findings.some(({ severity }) => severity !== 'look')) return ['A LIMIT IS NEAR OR PASSED.'];
  return isWhole ? ['FINE: no limit is near.'] : ['CANNOT TELL: not all of it is here.'];
}

function clone({ clone: { git, shallow, filter, sparse, loose, packs }, packed }: DoctorOutput): string[] {
  const parts = [shallow ? 'shallow' : '', filter === null ? '' : `partial (${filter})`, sparse ? 'sparse' : ''].filter(Boolean);
  const kind = parts.length === 0 ? '' : `; this clone is ${parts.join(', ')}`;
  const objects = `  ${count(packs.count)} packs, ${count(loose.count)} loose objects`;
  return [objects, ...(packed ? [] : ['  not packed: smaller at the host']), ...wrap(`Git ${git}${kind}`, '  ')];
}

function pace(ahead: Forecast | null, isWhole: boolean): string[] {
  if (!isWhole) return [];
  if (!ahead) return ['  too young for a forecast'];
  const when = ahead.reached === null ? 'not within a century' : `on ${ahead.reached}`;
  return [`  grows ${sizeText(ahead.bytesADay)} a day:`, `  ${sizeText(ahead.limit)} ${when}`];
}

/** Objects, bytes as they are, bytes on disk, and the factor between them. */
function table(name: string, rows: [string, Size][]): string[] {
  const lines = rows.map(([label, { objects, raw, disk }]) => `  ${label.padEnd(17)} ${sizeText(raw).padStart(7)} → ${sizeText(disk).padStart(7)} ${factor(raw, disk).padStart(5)}${objects === 0 ? ' –' : ''}`);
  return [...wrap(name, ''), ...lines];
}

function factor(raw: number, disk: number): string {
  return disk === 0 ? '' : `${raw / disk < 10 ? (raw / disk).toFixed(1) : Math.round(raw / disk)}×`;
}

function total(years: { [year: string]: Size }): Pick<Size, 'disk'> {
  return { disk: Object.values(years).reduce((sum, { disk }) => sum + disk, 0) };
}

/** Words of a paragraph below each other; a word that is too long stands alone. */
function wrap(text: string, start: string): string[] {
  const lines: string[] = [];
  let line = start;
  const indent = ' '.repeat(start.length);
  for (const word of text.split(' ')) {
    const empty = line.trim() === '' || line === start;
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === start || line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}
