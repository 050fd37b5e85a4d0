import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { overlaySite } from '../../scripts/site/dist.ts';
import { filesOf, writeWhole } from '../../scripts/world/files.ts';
import { TravelWriter, type Standing, type TravelRecord } from '../../scripts/site/travel.ts';
import type { ReportFacts, SiteFacts, SnapshotFacts } from '../../src/analysis/facts/facts.ts';

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-travel-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Day and hour of publication, as-of, value. */
interface Kept {
  asOf: string;
  time: string;
  text: string | null;
}

type Site = Map<string, { kept: Kept[]; metric: string }>;

function siteOf(reports: Site): SiteFacts {
  const cards = [...reports].map(([id, { metric }]) => ({ id, team: id.split('/')[0]!, metrics: [{ name: metric, label: metric, format: ',d', unit: null }] }));
  return { reports: cards.filter(({ team }) => team === 'team'), withdrawn: cards.filter(({ team }) => team !== 'team'), teams: [{ name: 'team', title: 'Team', description: null }], ledger: { sequence: 1 } } as unknown as SiteFacts;
}

function factsOf(reports: Site, id: string): ReportFacts | null {
  const found = reports.get(id);
  if (!found) return null;
  const versions = new Map<string, number>();
  const history = found.kept.map(({ asOf, time, text }, index): SnapshotFacts => {
    const version = (versions.get(asOf) ?? 0) + 1;
    versions.set(asOf, version);
    return { asOf, version, time, sequence: index + 1, rows: 1, files: { manifest: 'm', rows: 'r' }, metrics: [{ name: found.metric, value: null, text, period: null }], approved: null, retired: null, erased: null, code: 'c', inputs: 0 } as unknown as SnapshotFacts;
  });
  return { id, history: history.reverse(), inputs: [[]] } as unknown as ReportFacts;
}

interface Written {
  record: TravelRecord;
  files: string[];
}

/** Writes what is new, and lays it over the site. */
async function build(reports: Site, changed: string[], standing: Standing | null, dist: string): Promise<Written> {
  const out = await mkdtemp(path.join(tmpdir(), 'daybook-travel-'));
  try {
    const writer = new TravelWriter(siteOf(reports), standing, out);
    for (const id of changed) writer.add(factsOf(reports, id)!);
    const record = await writer.finish(async (id) => factsOf(reports, id));
    const files = (await filesOf(out)).map((file) => path.relative(out, file)).sort();
    await cp(out, dist, { recursive: true });
    return { record, files };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function contents(folder: string): Promise<Map<string, string>> {
  const files = (await filesOf(folder)).sort();
  return new Map(await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file, 'utf8')] as const)));
}

const keep = fc.record({ kind: fc.constant('keep' as const), report: fc.integer({ min: 0, max: 4 }), month: fc.integer({ min: 1, max: 9 }), day: fc.integer({ min: 1, max: 3 }), text: fc.constantFrom('1', '2', null) });
const change = fc.oneof({ weight: 6, arbitrary: keep }, fc.record({ kind: fc.constantFrom('withdraw' as const, 'return' as const, 'rename' as const, 'delete' as const), report: fc.integer({ min: 0, max: 4 }) }));

test('written job by job, the files are those of a site built anew, and none is written without need', async (t) => {
  await fc.assert(fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 7 }), async (jobs) => {
    const dist = await mkdtemp(path.join(tmpdir(), 'daybook-travel-'));
    try {
      const reports: Site = new Map();
      let standing: Standing | null = null;
      for (const [number, changes] of jobs.entries()) {
        const before = structuredClone(reports);
        for (const one of changes) apply(reports, one, number);
        const changed = [...reports.keys()].filter((id) => JSON.stringify(reports.get(id)) !== JSON.stringify(before.get(id)));
        const old = await contents(dist);
        const { record, files } = await build(reports, changed, standing, dist);
        for (const file of files) if (!file.endsWith('days.json') && old.has(file)) assert.notEqual(old.get(file), await readFile(path.join(dist, file), 'utf8'), `${file} was written again as it was`);
        standing = { dist, travel: JSON.parse(JSON.stringify(record)) as TravelRecord };
        const anew = await temporary(t);
        const whole = await build(reports, [...reports.keys()], null, anew);
        const [has, should] = [await contents(dist), await contents(anew)];
        for (const [file, text] of should) assert.equal(has.get(file), text, `${file} after job ${number}`);
        assert.deepEqual(record.board, whole.record.board);
        assert.deepEqual(sorted(record), sorted(whole.record));
      }
    } finally {
      await rm(dist, { recursive: true, force: true });
    }
  }), { seed: 41, numRuns: 10 });
});

function sorted({ reports }: TravelRecord): unknown {
  const byName = (known: { [name: string]: unknown }): unknown[] => Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1));
  return byName(Object.fromEntries(Object.entries(reports).map(([id, { years, card }]) => [id, [byName(years), card && Object.values(card).map(byName)]])));
}

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** `team/r` is on the board, `gone/r` withdrawn: a report that comes back under the other name is another one to the files. */
function apply(reports: Site, one: Change, number: number): void {
  const [on, off] = [`team/r${one.report}`, `gone/r${one.report}`];
  if (one.kind === 'withdraw' || one.kind === 'return') {
    const [from, to] = one.kind === 'withdraw' ? [on, off] : [off, on];
    if (reports.has(from)) reports.set(to, reports.get(from)!);
    reports.delete(from);
  } else if (one.kind === 'delete') reports.delete(on);
  else if (one.kind === 'rename') {
    if (reports.has(on)) reports.set(on, { ...reports.get(on)!, metric: `m${number}` });
  } else if (one.kind === 'keep') {
    const found = reports.get(on) ?? { kept: [], metric: 'n' };
    const asOf = `200${one.month > 5 ? 1 : 0}-0${one.month}-0${one.day}`;
    reports.set(on, { ...found, kept: [...found.kept, { asOf, time: `2002-0${1 + Math.floor(number / 2)}-0${1 + number}T06:00:00Z`, text: one.text }] });
  }
}

test('of a report that is gone no year stays; of one that is built again, those that are not written again', async (t) => {
  const [dist, out] = [await temporary(t), await temporary(t)];
  const years = (id: string): string[] => ['2000', '2001'].map((year) => `reports/${id}/history/${year}.json`);
  const write = async (folder: string, files: string[]): Promise<void> => {
    for (const file of files) await writeWhole(path.join(folder, file), folder);
  };
  await write(dist, [...years('a'), ...years('b'), 'reports/a/history/index.html', 'index.html']);
  await write(out, ['reports/b/history/2001.json', 'index.html']);
  await overlaySite(dist, out, ['a', 'b'], new Set(years('b')));
  const left = await contents(dist);
  assert.deepEqual([...left.keys()], ['index.html', 'reports/a/history/index.html', ...years('b')]);
  assert.deepEqual(years('b').map((file) => left.get(file)), [dist, out]);
});

test('a file that has gone from the site is written again, with all others', async (t) => {
  const dist = await temporary(t);
  const reports: Site = new Map([['team/a', { kept: [{ asOf: '2001-05-01', time: '2001-05-01T06:00:00Z', text: '1' }], metric: 'n' }], ['team/b', { kept: [{ asOf: '2001-05-02', time: '2001-05-02T06:00:00Z', text: '1' }], metric: 'n' }]]);
  const { record } = await build(reports, [...reports.keys()], null, dist);
  await rm(path.join(dist, 'board/as-of/2001-05.json'));
  reports.get('team/a')!.kept.push({ asOf: '2001-05-03', time: '2001-05-03T06:00:00Z', text: '2' });
  await build(reports, ['team/a'], { dist, travel: record }, dist);
  const file = JSON.parse(await readFile(path.join(dist, 'board/as-of/2001-05.json'), 'utf8')) as { reports: object };
  assert.deepEqual(Object.keys(file.reports), ['team/a', 'team/b']);
});
