import { isSalted } from '../../snapshot/canonical.ts';
import type { Entry } from '../../snapshot/entry.ts';
import { citationOf, nameOf, pathsOf } from '../../snapshot/manifest.ts';
import { ERASURE_REASONS, ERASURE_WORD, type DecidedRecord, type ErasedRecord, type KeptRecord, type RetiredRecord } from '../../snapshot/records.ts';

type Snapshot = Pick<KeptRecord, 'report' | 'as_of' | 'version'>;

/** A snapshot on its way through the ledger. */
interface Passage {
  kept: KeptRecord;
  /** Of the entry that kept it. */
  sequence: number;
  /** Approvals that are missing; null where it is not held, or not any more. */
  held: number | null;
  retired: boolean;
  erased: boolean;
}

/** What entries say of snapshots, in their sequence: each may only say what can follow from those before it. */
export class Records {
  /** By `<report>@<as-of>`, in the order of versions. */
  #passages = new Map<string, Passage[]>();

  /** Enters the next entry. @returns what does not fit, in sentences */
  enter(entry: Entry): string[] {
    return [
      ...this.#keep(entry),
      ...this.#tell(entry),
      ...(entry.decided ?? []).flatMap((one) => this.#decide(one, entry)),
      ...(entry.retired ?? []).flatMap((one) => this.#retire(one, entry)),
      ...(entry.erased ?? []).flatMap((one) => this.#erase(one, entry)),
    ];
  }

  /** Versions count up from 1; what is kept came of a run of this very entry. */
  #keep({ runs, kept, held = [], sequence }: Entry): string[] {
    const problems: string[] = [];
    const ran = new Map<string, number>();
    const count = (key: string, step: number): number => {
      const left = (ran.get(key) ?? 0) + step;
      ran.set(key, left);
      return left;
    };
    for (const run of runs) if (run.status === 'succeeded') count(`${run.report}@${run.as_of} ${run.data}`, 1);
    const waiting = new Map(held.map((one) => [citationOf(one), one]));
    if (waiting.size < held.length) problems.push('it holds a snapshot twice');
    for (const record of kept) {
      const { report, as_of: asOf, version, data } = record;
      const name = citationOf(record);
      const before = this.#passages.get(`${report}@${asOf}`) ?? [];
      if (version !== before.length + 1) problems.push(`it keeps ${name}, where version ${before.length + 1} is the next`);
      if (count(`${report}@${asOf} ${data}`, -1) < 0) problems.push(`it keeps ${name}, which none of its runs made`);
      const hold = waiting.get(name);
      if (hold && hold.manifest !== record.manifest) problems.push(`it holds another ${name} than it keeps`);
      waiting.delete(name);
      this.#passages.set(`${report}@${asOf}`, [...before, { kept: record, sequence, held: hold?.approvers ?? null, retired: false, erased: false }]);
    }
    for (const name of waiting.keys()) problems.push(`it holds ${name}, which it does not keep`);
    for (const [key, left] of ran) if (left > 0) problems.push(`the run of ${key.split(' ')[0]} succeeded, and nothing of it was kept`);
    return problems;
  }

  /** What is told of a snapshot is told by the entry that keeps it, once. */
  #tell({ kept, changes = [], attributed = [] }: Entry): string[] {
    if (changes.length + attributed.length === 0) return [];
    const names = new Set(kept.map(citationOf));
    const problems: string[] = [];
    for (const list of [changes, attributed]) {
      const told = new Set<string>();
      for (const one of list) {
        const name = citationOf(one);
        if (!names.has(name)) problems.push(`it says what ${name} changes, which it does not keep`);
        if (told.has(name)) problems.push(`it says twice what ${name} changes`);
        told.add(name);
        if (one.base !== null && (one.base === name || !this.#knows(one.base, one.report))) problems.push(`it compares ${name} with ${one.base}, which no entry kept`);
      }
    }
    return problems;
  }

  #knows(base: string, report: string): boolean {
    const [, id = '', asOf = '', version = ''] = /^(.+)@(.+)\.v([1-9]\d*)$/.exec(base) ?? [];
    return id === report && this.#passages.get(`${id}@${asOf}`)?.[Number(version) - 1] !== undefined;
  }

  /** The passage of a snapshot that an earlier entry kept, or what is wrong with its name. */
  #find(one: Snapshot & { manifest: string }, { sequence }: Entry, does: string): Passage | string {
    const passage = this.#passages.get(`${one.report}@${one.as_of}`)?.[one.version - 1];
    if (!passage || passage.sequence === sequence) return `it ${does} ${citationOf(one)}, which no entry before it kept`;
    if (passage.kept.manifest !== one.manifest) return `it ${does} another ${citationOf(one)} than was kept`;
    return passage;
  }

  #decide(one: DecidedRecord, entry: Entry): string[] {
    const does = one.decision === 'approved' ? 'approves' : 'rejects';
    const found = this.#find(one, entry, does);
    if (typeof found === 'string') return [found];
    if (found.held === null) return [`it ${does} ${citationOf(one)}, which is not held`];
    const needed = one.decision === 'approved' ? found.held : 1;
    found.held = null;
    const people = new Set(one.by).size;
    return people < needed ? [`it ${does} ${citationOf(one)} by ${people} of ${needed} people`] : [];
  }

  #retire(one: RetiredRecord, entry: Entry): string[] {
    const found = this.#find(one, entry, 'retires');
    if (typeof found === 'string') return [found];
    const name = citationOf(one);
    if (found.retired) return [`it retires ${name}, which is retired already`];
    found.retired = true;
    const paths = pathsOf(nameOf(one));
    const expected = isSalted(found.kept.rows) ? [paths.manifest] : [paths.manifest, paths.rows];
    // One that a later version has replaced is not waiting for anybody.
    const isLatest = this.#passages.get(`${one.report}@${one.as_of}`)!.length === one.version;
    const problems = found.held !== null && isLatest ? [`it retires ${name}, which is held`] : [];
    return one.files.map(({ path }) => path).join('\n') === expected.join('\n') ? problems : [...problems, `it retires other files than those of ${name}`];
  }

  #erase(one: ErasedRecord, entry: Entry): string[] {
    const name = `${one.report}@${one.as_of}`;
    const problems = wordProblems(one, name);
    const open = (this.#passages.get(name) ?? []).filter(({ kept, erased, sequence }) => isSalted(kept.rows) && !erased && sequence < entry.sequence);
    if (open.map(({ kept }) => kept.version).join() !== one.versions.join()) problems.push(`it erases ${name}, ${one.versions.map((version) => `v${version}`).join(', ')}, and not the versions that have rows outside of Git: ${open.map(({ kept }) => `v${kept.version}`).join(', ') || 'none'}`);
    for (const passage of open) {
      passage.erased = true;
      const { retain_until: until } = passage.kept;
      if (until !== undefined && entry.time.slice(0, 10) < until) problems.push(`it erases ${citationOf(passage.kept)}, which is to be retained until ${until}`);
    }
    return problems;
  }
}

function wordProblems({ reason, ticket, approver }: ErasedRecord, name: string): string[] {
  const problems: string[] = [];
  if (!ERASURE_REASONS.some((known) => known === reason)) problems.push(`it erases ${name} for a reason that is none of the known ones`);
  if (!ERASURE_WORD.test(ticket)) problems.push(`it erases ${name} without a ticket`);
  if (!ERASURE_WORD.test(approver)) problems.push(`it erases ${name} without an approver`);
  return problems;
}
