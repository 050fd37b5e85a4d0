import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changeRecord, type ChangeDefinition } from '../../src/analysis/restatement/change-record.ts';
import type { ChangeRecord, RestatedValue } from '../../src/snapshot/records.ts';
import { daily, kept, metric, type Cell } from './change-record-fixture.ts';

/** Days of January 2026; `orders` is the one number. A row without a day is of no period. */
interface Row {
  day: number | null;
  region: string;
  orders: number | null;
}

const NO_DAY = 31;
const date = (day: number): string => `2026-01-${String(day).padStart(2, '0')}`;
const cells = ({ day, region, orders }: Row): Cell[] => [day === null ? null : date(day), region, orders === null ? null : String(orders)];
const drawRow: fc.Arbitrary<Row> = fc.record({ day: fc.option(fc.integer({ min: 1, max: 8 }), { freq: 12 }), region: fc.constantFrom('a', 'b', 'ü', '😀', '\uE000'), orders: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 9 }) });

/** The head has most rows of the base, some of them changed, some new; and its as-of is as late or later. */
const drawPair = fc.record({
  base: fc.array(drawRow, { maxLength: 14 }),
  asOf: fc.integer({ min: 2, max: 8 }),
  later: fc.integer({ min: 0, max: 3 }),
  fate: fc.array(fc.constantFrom('same', 'same', 'same', 'gone', 'other'), { minLength: 14, maxLength: 14 }),
  from: fc.constantFrom(0, 0, 0, 2, 4),
  fresh: fc.array(drawRow, { maxLength: 4 }),
  key: fc.constantFrom<string[][]>(['day', 'region'], ['day', 'region'], ['region'], []),
  unique: fc.boolean(),
});

type Drawn = Parameters<Parameters<typeof drawPair.map>[0]>[0];

function tables({ base, fate, from, fresh, key, unique }: Drawn): { base: Row[]; head: Row[] } {
  const idOf = (row: Row): string => JSON.stringify(key.map((name) => row[name as 'day' | 'region']));
  const once = (rows: Row[]): Row[] => (unique && key.length > 0 ? [...new Map(rows.map((row) => [idOf(row), row])).values()] : rows);
  const before = once(base);
  const changed = before.flatMap((row, index): Row[] => (fate[index] === 'gone' || (row.day ?? NO_DAY) < from ? [] : [fate[index] === 'other' ? { ...row, orders: (row.orders ?? 0) + 1 } : row]));
  return { base: before, head: once([...changed, ...fresh]) };
}

/** Written once more from the words of the records, row against row. */
function naive({ base, head }: { base: Row[]; head: Row[] }, asOf: number, later: number, key: string[]): Pick<ChangeRecord, 'rows'> & { restated: unknown } {
  const same = (a: Row, b: Row, names: string[]): boolean => names.every((name) => a[name as keyof Row] === b[name as keyof Row]);
  const isUnique = (rows: Row[]): boolean => rows.every((row, index) => rows.findIndex((other) => same(row, other, key)) === index);
  const isKeyed = key.length > 0 && isUnique(base) && isUnique(head);
  const free = new Set(head);
  const pairs: [Row, Row][] = [];
  const removed = base.filter((row) => {
    const twin = [...free].find((other) => same(row, other, isKeyed ? key : ['day', 'region', 'orders']));
    if (twin) pairs.push([row, twin]);
    return !(twin && free.delete(twin));
  });
  const modified = pairs.filter(([before, after]) => !same(before, after, ['day', 'region', 'orders']));

  const days = (rows: Row[]): number[] => rows.flatMap(({ day }) => (day === null ? [] : [day])).sort((a, b) => a - b);
  const first = days(head)[0] ?? Infinity;
  const gone = new Set(days(base).filter((day) => day < first));
  const isMoved = gone.size <= later;
  const left = removed.filter(({ day }) => isMoved && day !== null && day < first).length;
  const complete = days(base).filter((day) => day <= asOf);
  const from = Math.max(complete[0] ?? Infinity, isMoved ? first : 0);
  const to = complete.at(-1) ?? 0;
  const isPublished = ({ day }: Row): boolean => day !== null && day >= from && day <= to;

  const restated = {
    removed: removed.filter(isPublished).length + modified.filter(([before, after]) => isPublished(before) && !isPublished(after)).length,
    added: [...free].filter(isPublished).length + modified.filter(([before, after]) => !isPublished(before) && isPublished(after)).length,
    modified: modified.filter(([before, after]) => isPublished(before) && isPublished(after)).length,
  };
  const sum = (rows: Row[], day: number): string | null => {
    const known = rows.flatMap((row) => (row.day === day && row.orders !== null ? [row.orders] : []));
    return known.length === 0 ? null : String(known.reduce((a, b) => a + b));
  };
  const metrics: RestatedValue[] = [];
  for (let day = from; day <= to; day += 1) if (sum(base, day) !== sum(head, day)) metrics.push({ name: 'orders', period: date(day), before: sum(base, day), after: sum(head, day) });
  const any = restated.added + restated.removed + restated.modified + metrics.length > 0;
  return {
    rows: { entered: free.size, modified: modified.length, deleted: removed.length - left, left },
    restated: any && from <= to ? { periods: { from: date(from), to: date(to) }, rows: restated, metrics } : null,
  };
}

test('any two snapshots: what is recorded is what a naive reference finds; what is told is true', () => {
  const seen = { restated: 0, left: 0, deleted: 0, keyed: 0, long: 0 };
  fc.assert(fc.property(drawPair, (drawn) => {
    const { asOf, later, key } = drawn;
    const { base, head } = tables(drawn);
    const definition: ChangeDefinition = { ...daily, key, metrics: [metric('orders', 'sum(orders)')] };
    const columns = ['day DATE', 'region VARCHAR', 'orders BIGINT'];
    const sides = [kept(date(asOf), base.map(cells), { columns, key }), kept(date(asOf + later), head.map(cells), { columns, key, version: 2 })] as const;
    const { rows, restated } = changeRecord(...sides, definition);
    const expected = naive({ base, head }, asOf, later, key);
    assert.deepEqual({ rows, restated: restated && { periods: restated.periods, rows: restated.rows, metrics: restated.first_metrics } }, expected);
    assert.equal(base.length - rows.deleted - rows.left + rows.entered, head.length);
    for (const row of restated?.first_rows ?? []) {
      const has = (side: Row[], values: { [column: string]: string | null }): boolean =>
        side.map(cells).some((line) => Object.entries(values).every(([name, value]) => line[['day', 'region', 'orders'].indexOf(name)] === value));
      if (row.kind !== 'modified') assert.ok(has(row.kind === 'added' ? head : base, row.row));
      else {
        assert.ok(has(base, { ...row.key, ...Object.fromEntries(row.cells.map(({ column, before }) => [column, before])) }));
        assert.ok(has(head, { ...row.key, ...Object.fromEntries(row.cells.map(({ column, after }) => [column, after])) }));
      }
    }
    seen.restated += Number(restated !== null);
    seen.left += Number(rows.left > 0);
    seen.deleted += Number(rows.deleted > 0);
    seen.keyed += Number(restated?.first_rows.some(({ kind }) => kind === 'modified') ?? false);
    seen.long += Number((restated?.first_metrics.length ?? 0) > 1);
  }), { seed: 7, numRuns: 3_000 });
  assert.ok(Math.min(...Object.values(seen)) > 100, JSON.stringify(seen));
});
