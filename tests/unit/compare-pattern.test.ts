import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Pattern } from '../../src/analysis/pattern/pattern.ts';
import { ratioOf, ratioOfDoubles } from '../../src/analysis/pattern/ratio.ts';
import { drawKeyed, drawPair, sharedOf, type Drawing } from './compare-drawn.ts';
import { compare, openEngine, type Cell, type Table } from './compare-fixture.ts';
import { holds } from './pattern-reference.ts';

const engine = await openEngine();
after(() => engine.close());

const COLUMNS = ['id INTEGER', 'region VARCHAR', 'day DATE', 'orders BIGINT', 'cents BIGINT', 'rate DOUBLE', 'cost DECIMAL(9,2)'];
const REGIONS = ['Nord', 'Süd', 'West', 'Ost'];

/** Rows as a query gives them; no two have the same values. */
const row = (id: number): Cell[] => [String(id), id % 11 === 5 ? null : REGIONS[id % 4]!, `2026-0${1 + Math.floor(id / 14)}-${10 + (id % 14)}`, String(100 + ((id * 37) % 101)), String(1_050 + ((id * 7_919) % 9_973)), String((((id * 31) % 97) + 1) / 8), `${10 + ((id * 13) % 89)}.25`];
const BASE: Cell[][] = Array.from({ length: 56 }, (_, id) => row(id));
const table = (rows: Cell[][], key = true, columns = COLUMNS): Table => ({ columns, rows, ...(key && { key: ['id'] }) });
const edited = (rows: Cell[][], column: number, edit: (cell: string, row: Cell[]) => Cell): Cell[][] => rows.map((one) => one.with(column, one[column] === null ? null : edit(one[column]!, one)));

interface Plan {
  what: string;
  drawing: Drawing;
  finds: Pattern;
}

const plan = (what: string, rows: Cell[][], finds: Pattern, more: Partial<{ keyed: boolean; columns: string[]; base: Cell[][]; before: string[] }> = {}): Plan =>
  ({ what, drawing: { base: table(more.base ?? BASE, more.keyed ?? true, more.before), head: table(rows, more.keyed ?? true, more.columns), renames: {} }, finds });

const nord = BASE.filter(([, region]) => region !== 'Nord');
const lost = BASE.length - nord.length;
const WITH_TYPE = [...COLUMNS, 'type VARCHAR'];
const TYPED = BASE.map((one) => [...one, Number(one[0]) % 3 === 0 ? 'test' : 'order']);
const NORD_TEST = TYPED.filter(([, region, , , , , , type]) => region === 'Nord' && type === 'test').length;
const LATE = BASE.filter(([, region, day]) => region === 'Nord' && day! >= '2026-03-01');
const PLANS: Plan[] = [
  plan('a filter drops a region', nord, { kind: 'value', rows: 'removed', count: lost, column: 'region', values: ['Nord'], only: true }),
  plan('a filter drops two', BASE.filter(([, region]) => region !== 'Nord' && region !== 'Ost'), { kind: 'value', rows: 'removed', count: BASE.filter(([, region]) => region === 'Nord' || region === 'Ost').length, column: 'region', values: ['Nord', 'Ost'], only: true }),
  plan('an inner join drops those without one', BASE.filter(([, region]) => region !== null), { kind: 'value', rows: 'removed', count: 5, column: 'region', values: [null], only: true }),
  plan('a filter drops part of a region', BASE.filter(([id, region]) => region !== 'Nord' || Number(id) % 8 !== 0), { kind: 'value', rows: 'removed', count: BASE.filter(([id, region]) => region === 'Nord' && Number(id) % 8 === 0).length, column: 'region', values: ['Nord'], only: false }),
  plan('a filter on two columns', TYPED.filter(([, region, , , , , , type]) => region !== 'Nord' || type !== 'test'), { kind: 'both', rows: 'removed', count: NORD_TEST, conditions: [{ kind: 'value', column: 'region', values: ['Nord'] }, { kind: 'value', column: 'type', values: ['test'] }] }, { columns: WITH_TYPE, before: WITH_TYPE, base: TYPED }),
  plan('other numbers of a region from a day on', edited(BASE, 3, (orders, [, region, day]) => (region === 'Nord' && day! >= '2026-03-01' ? String(Number(orders) * 3 - Number(orders) % 7 + 1) : orders)), { kind: 'both', rows: 'changed', count: LATE.length, conditions: [{ kind: 'value', column: 'region', values: ['Nord'] }, { kind: 'range', column: 'day', from: LATE[0]![2]!, to: null }] }),
  plan('a region comes in', BASE, { kind: 'value', rows: 'added', count: lost, column: 'region', values: ['Nord'], only: true }, { base: nord }),
  plan('a filter on a number', BASE.filter(([, , , orders]) => Number(orders) >= 120), { kind: 'range', rows: 'removed', count: BASE.filter(([, , , orders]) => Number(orders) < 120).length, column: 'orders', from: null, to: '119', only: true }),
  plan('the last month is gone', BASE.filter(([id]) => Number(id) < 42), { kind: 'range', rows: 'removed', count: 14, column: 'day', from: '2026-04-10', to: null, only: true }),
  plan('other numbers from a day on', edited(BASE, 3, (orders, [, , day]) => (day! >= '2026-04-01' ? String(Number(orders) * 3 - Number(orders) % 7 + 1) : orders)), { kind: 'range', rows: 'changed', count: 14, column: 'day', from: '2026-04-10', to: null, only: true }),
  plan('a join doubles what is summed', edited(edited(BASE, 3, (orders) => String(2 * Number(orders))), 6, (cost) => (2 * Number(cost)).toFixed(2)), { kind: 'ratio', columns: ['orders', 'cost'], cells: 112, ratio: '2' }),
  plan('cents become euros', edited(BASE, 4, (cents) => (Number(cents) / 100).toFixed(2)), { kind: 'ratio', columns: ['cents'], cells: 56, ratio: '0.01' }, { columns: COLUMNS.with(4, 'cents DECIMAL(18,2)') }),
  plan('a share becomes per cent', edited(BASE, 5, (rate) => String(Number(rate) * 100)), { kind: 'ratio', columns: ['rate'], cells: 56, ratio: '100' }),
  plan('a third', edited(BASE, 5, (rate) => String(Number(rate) / 3)), { kind: 'ratio', columns: ['rate'], cells: 56, ratio: '1/3' }),
  plan('the other sign', edited(BASE, 3, (orders) => `-${orders}`), { kind: 'ratio', columns: ['orders'], cells: 56, ratio: '-1' }),
  plan('five more each', edited(BASE, 3, (orders) => String(Number(orders) + 5)), { kind: 'difference', columns: ['orders'], cells: 56, difference: '5' }),
  plan('less each', edited(BASE, 6, (cost) => (Number(cost) - 0.5).toFixed(2)), { kind: 'difference', columns: ['cost'], cells: 56, difference: '-0.5' }),
  plan('a left join that finds nothing', edited(BASE, 6, () => null), { kind: 'becomes', columns: ['cost'], cells: 56, after: null }),
  plan('another spelling', edited(BASE, 1, (region) => (region === 'Süd' ? 'South' : region)), { kind: 'becomes', columns: ['region'], cells: BASE.filter(([, region]) => region === 'Süd').length, before: 'Süd', after: 'South' }),
  plan('two columns change places', BASE.map((one) => one.with(3, one[4]!).with(4, one[3]!)), { kind: 'exchanged', columns: ['orders', 'cents'], cells: 112 }),
  plan('doubles are rounded', edited(BASE, 5, (rate) => String(Math.round(Number(rate)))), { kind: 'rounded', columns: ['rate'], cells: BASE.filter(([, , , , , rate]) => !Number.isInteger(Number(rate))).length, places: 0, way: 'rounded' }),
  plan('decimals are rounded', edited(BASE, 6, (cost, [id]) => `${cost.slice(0, -2)}${2 + (Number(id) % 7)}0`), { kind: 'rounded', columns: ['cost'], cells: 56, places: 1, way: 'rounded' }, { base: edited(BASE, 6, (cost, [id]) => `${cost.slice(0, -2)}${2 + (Number(id) % 7)}${1 + (Number(id) % 4)}`) }),
  plan('integers are divided', edited(BASE, 5, (rate) => String(Math.trunc(Number(rate)))), { kind: 'rounded', columns: ['rate'], cells: BASE.filter(([, , , , , rate]) => !Number.isInteger(Number(rate))).length, places: 0, way: 'cut' }, { columns: COLUMNS.with(5, 'rate BIGINT') }),
  plan('days are later', edited(BASE, 2, (day) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)), { kind: 'shifted', columns: ['day'], cells: 56, least: '86400000000', most: '86400000000' }),
  plan('days are earlier, some more', edited(BASE, 2, (day, [id]) => new Date(Date.parse(day) - (1 + (Number(id) % 2)) * 86_400_000).toISOString().slice(0, 10)), { kind: 'shifted', columns: ['day'], cells: 56, least: '-172800000000', most: '-86400000000' }),
  plan('a filter makes all sums smaller', edited(edited(BASE, 3, (orders, [id]) => String(Number(orders) - 1 - (Number(id) % 5))), 5, (rate, [id]) => String(Number(rate) - (1 + (Number(id) % 3)) / 16)), { kind: 'one-way', columns: ['orders', 'rate'], cells: 112, to: 'less' }),
  plan('every row twice', [...BASE, ...BASE], { kind: 'repeated', what: 'rows', side: 'head', times: 2 }),
  plan('every row three times, without a key, and of doubles', [...BASE, ...BASE, ...BASE], { kind: 'repeated', what: 'rows', side: 'head', times: 3 }, { keyed: false }),
  plan('once again', BASE, { kind: 'repeated', what: 'rows', side: 'base', times: 2 }, { base: [...BASE, ...BASE] }),
  plan('every key twice, with other values', BASE.flatMap((one) => [one, one.with(3, '7')]), { kind: 'repeated', what: 'keys', side: 'head', times: 2 }),
  plan('some rows twice', [...BASE, ...BASE.slice(3, 9)], { kind: 'copies', rows: 'added', count: 6 }),
];

test('what is planted is found, and is true', async () => {
  for (const { what, drawing, finds } of PLANS) {
    const found = await compare(engine, drawing.base, drawing.head);
    assert.ok((found.patterns ?? []).some((pattern) => JSON.stringify(pattern) === JSON.stringify(finds)), `${what}: ${JSON.stringify(found.patterns)}`);
    for (const pattern of found.patterns!) assert.notEqual(holds(pattern, drawing, found.key.mode), false, `${what}: ${JSON.stringify(pattern)}`);
  }
});

test('where a value tells rows from all others, the range of their numbers is not told', async () => {
  const kept = BASE.filter(([, region]) => region !== 'Nord');
  const base = edited(BASE, 3, (orders, [, region]) => (region === 'Nord' ? String(Number(orders) - 100) : orders));
  const { patterns } = await compare(engine, table(base), table(kept));
  assert.deepEqual(patterns, [{ kind: 'value', rows: 'removed', count: lost, column: 'region', values: ['Nord'], only: true }]);
});

test('one row more or other takes back what was said of all', async () => {
  const spoiled: { drawing: Drawing; not: Pattern['kind'] }[] = [
    { drawing: plan('', edited(BASE, 3, (orders, [id]) => String(2 * Number(orders) + (id === '20' ? 1 : 0))), PLANS[0]!.finds).drawing, not: 'ratio' },
    { drawing: plan('', [...BASE, ...BASE].slice(1), PLANS[0]!.finds).drawing, not: 'repeated' },
    { drawing: plan('', [...BASE, ...BASE.slice(3, 9), BASE[0]!.with(3, '1')], PLANS[0]!.finds).drawing, not: 'copies' },
    { drawing: plan('', BASE.map((one) => one.with(3, one[4]!).with(4, one[0] === '20' ? '1' : one[3]!)), PLANS[0]!.finds).drawing, not: 'exchanged' },
    { drawing: plan('', edited(BASE, 5, (rate, [id]) => (id === '20' ? '0.75' : String(Math.round(Number(rate))))), PLANS[0]!.finds).drawing, not: 'rounded' },
    { drawing: plan('', edited(BASE, 2, (day, [id]) => new Date(Date.parse(day) + (id === '20' ? -1 : 1) * 86_400_000).toISOString().slice(0, 10)), PLANS[0]!.finds).drawing, not: 'shifted' },
    { drawing: plan('', edited(BASE, 3, (orders, [id]) => String(Number(orders) + (id === '20' ? 2 : -1 - (Number(id) % 5)))), PLANS[0]!.finds).drawing, not: 'one-way' },
    { drawing: plan('', edited(BASE, 3, (orders, [id]) => (id === '20' ? null : String(Number(orders) - 1 - (Number(id) % 5)))), PLANS[0]!.finds).drawing, not: 'one-way' },
    { drawing: plan('', [...TYPED.filter(([, region, , , , , , type]) => region !== 'Nord' || type !== 'test'), TYPED.find(([, region, , , , , , type]) => region === 'Nord' && type === 'test')!.with(0, '99')], PLANS[0]!.finds, { columns: WITH_TYPE, before: WITH_TYPE, base: TYPED }).drawing, not: 'both' },
    // What there is of one kind alone says nothing.
    { drawing: plan('', edited(BASE, 1, () => 'Nord').slice(5), PLANS[0]!.finds, { base: edited(BASE, 1, () => 'Nord') }).drawing, not: 'value' },
  ];
  for (const { drawing, not } of spoiled) {
    const { patterns = [] } = await compare(engine, drawing.base, drawing.head);
    assert.ok(!patterns.some(({ kind }) => kind === not), `${not}: ${JSON.stringify(patterns)}`);
  }
});

/** A change as somebody makes it, and sometimes another row or cell with it. */
const drawChange: fc.Arbitrary<Drawing> = fc.record({
  rows: fc.uniqueArray(fc.nat(55), { minLength: 4, maxLength: 56, size: 'max' }),
  filter: fc.constantFrom<((row: Cell[]) => boolean) | null>(null, null, ([, region]) => region !== 'Nord', ([, region]) => region !== null, ([, , day]) => day! < '2026-03', ([, , , orders]) => Number(orders) > 130, ([, region, day]) => region !== 'Nord' || day! < '2026-02', ([, region, day]) => region !== 'West' || day! > '2026-04'),
  edits: fc.array(fc.tuple(fc.constantFrom(3, 4, 5, 6), fc.constantFrom<(cell: string) => string>((x) => String(Number(x) * 2), (x) => String(Number(x) + 3), (x) => String(-Number(x)), () => '0', (x) => String(Number(x) * 10 ** 6), (x) => String(Math.trunc(Number(x))), (x) => String(Math.abs(Number(x)) * 2 + 1)), fc.constantFrom<(row: Cell[]) => boolean>(() => true, ([, region]) => region === 'West', ([id]) => Number(id) > 40)), { maxLength: 2 }),
  noise: fc.array(fc.tuple(fc.nat(55), fc.constantFrom(1, 3, 5), fc.constantFrom('0', '1', '7')), { maxLength: 2 }),
  again: fc.constantFrom(0, 0, 0, 1, 2), key: fc.constantFrom(true, true, false), swap: fc.boolean(),
}).map(({ rows, filter, edits, noise, again, key, swap }): Drawing => {
  const columns = COLUMNS.with(6, 'cost DECIMAL(18,2)');
  const base = rows.map(row);
  const spoil = (one: Cell[]): Cell[] => noise.reduce((cells, [id, column, value]) => (one[0] === String(id) ? cells.with(column, value) : cells), one);
  const edit = (one: Cell[]): Cell[] => edits.reduce((cells, [column, change, where]) => (where(one) ? cells.with(column, column === 6 ? Number(change(cells[column]!)).toFixed(2) : change(cells[column]!)) : cells), one);
  const kept = base.filter((one) => filter?.(one) ?? true).map((one) => spoil(edit(one)));
  const head = Array.from({ length: again + 1 }, () => kept).flat();
  const sides = [table(base, key, columns), table(head, key, columns)] as const;
  return { base: sides[swap ? 1 : 0], head: sides[swap ? 0 : 1], renames: {} };
});

test('no sentence about any two tables is false', async () => {
  const seen: { [kind: string]: number } = {};
  const hasShared = ({ base, head, renames }: Drawing): boolean => sharedOf(base, head, renames).length > 0;
  await fc.assert(fc.asyncProperty(fc.oneof({ weight: 1, arbitrary: drawPair.filter(hasShared) }, { weight: 1, arbitrary: drawKeyed }, { weight: 8, arbitrary: drawChange }), async (drawing) => {
    const found = await compare(engine, drawing.base, drawing.head, { renames: drawing.renames });
    const renames = Object.fromEntries(found.schema.renamed.map(({ from, to }) => [from, to]));
    assert.ok((found.patterns ?? []).length <= 3);
    for (const pattern of found.patterns ?? []) {
      const isTrue = holds(pattern, { ...drawing, renames }, found.key.mode);
      assert.notEqual(isTrue, false, JSON.stringify(pattern));
      if (isTrue) seen[pattern.kind] = (seen[pattern.kind] ?? 0) + 1;
    }
  }), { seed: 11, numRuns: 120 });
  for (const kind of ['value', 'range', 'both', 'ratio', 'difference', 'becomes', 'one-way']) assert.ok((seen[kind] ?? 0) >= 2, JSON.stringify(seen));
});

test('a ratio is one that somebody could mean', () => {
  const exact: [string, string, string | null][] = [
    ['100', '200', '2'], ['12345', '12345.00', '1'], ['100', '119', '1.19'], ['300', '100', '1/3'], ['3', '2', '2/3'], ['-5', '5', '-1'], ['7', '3163', null],
    ['1', '1000000', null], ['1000', '1', '0.001'], ['8', '1', '0.125'], ['0', '5', null], ['5', '0', null], ['12', '-18', '-1.5'], ['86400', '1', '1/86400'],
  ];
  for (const [x, y, text] of exact) {
    const places = Math.max(...[x, y].map((one) => one.split('.')[1]?.length ?? 0));
    const [a, b] = [x, y].map((one) => (places === 0 ? one : Number(one).toFixed(places)));
    assert.equal(ratioOf(a!, b!)?.text ?? null, text, `${y} ÷ ${x}`);
  }
  assert.deepEqual([[3, 1], [0.1, 0.30000000000000004], [2, 2.38], [1, Math.PI], [0, 1], [1, Infinity]].map(([x, y]) => ratioOfDoubles(x!, y!)?.text ?? null), ['1/3', '3', '1.19', null, null, null]);
});
