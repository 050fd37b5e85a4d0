import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { compareLoaded, compareResults, type ComparedResult } from '../../src/analysis/comparison/compare.ts';
import type { Comparison } from '../../src/analysis/comparison/comparison.ts';
import type { ColumnDistribution } from '../../src/analysis/comparison/distribution.ts';
import { distributionsOf } from '../../src/analysis/comparison/distribution.ts';
import { fullDifference } from '../../src/analysis/comparison/full-difference.ts';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { gatesOf } from '../../src/analysis/gate/report.ts';
import type { GateResult } from '../../src/analysis/gate/gates.ts';
import { verdictOf } from '../../src/analysis/review/verdict.ts';
import { comparisonWords } from '../../src/present/comparison/comparison.ts';
import { formatNumber } from '../../src/present/number.ts';
import { reviewSchema } from '../../src/report/schema.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { compare, openEngine, resultOf, type Cell, type Table } from './compare-fixture.ts';
import { unjudged } from './review-fixture.ts';

/* Results that tools of this field have got wrong in public, and ours: the table of the page “Compare” is these. */

const engine = await openEngine();
after(() => engine.close());

const keyed = (type: string, cells: readonly Cell[]): Table => ({ columns: ['k INTEGER', `x ${type}`], key: ['k'], rows: cells.map((cell, index) => [String(index), cell]) });
const single = (type: string, ...cells: Cell[]): Table => ({ columns: [`x ${type}`], rows: cells.map((cell) => [cell]) });
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
const metric = (value: string): NonNullable<Table['metrics']> => [{ name: 'total', value, type: 'HUGEINT', period: null }];

/** The verdict without the names of the sides. */
async function verdict(base: Table, head: Table): Promise<string> {
  return wordsOf(await compare(engine, base, head));
}

function wordsOf(comparison: Comparison): string {
  return comparisonWords(comparison, new Map()).verdict.replace('base → head: ', '').replace('base and head have ', '');
}

async function line(title: string, starts: string, base: Table, head: Table): Promise<string> {
  const section = comparisonWords(await compare(engine, base, head), new Map()).sections.find((one) => one.title === title);
  return section!.lines.find((text) => text.startsWith(starts))!;
}

async function topOf(base: Table, head: Table): Promise<ColumnDistribution['top']> {
  const { tables } = await compareLoaded(resultOf(base, 'base'), resultOf(head, 'head'), engine, { key: [] });
  return (await distributionsOf(tables!)).columns[0]!.top;
}

interface Case {
  what: string;
  elsewhere: string;
  here: string;
  found: () => Promise<string>;
}

/** What another test holds, in a file of that name: it takes a host, or a process. */
function held(file: string, name: string, here: string): () => Promise<string> {
  return async () => ((await readFile(path.resolve(import.meta.dirname, '..', file), 'utf8')).includes(`test('${name}'`) ? here : `no test of ${file} is called so`);
}

/** So many rows with a number each, of which the last may be another. */
function long(rows: number, last: number, label: string): ComparedResult {
  const csv = Buffer.from(`k,x\n${Array.from({ length: rows }, (_, index) => `${String(index).padStart(7, '0')},${index === rows - 1 ? last : index}\n`).join('')}`);
  const result = { columns: [{ name: 'k', type: 'VARCHAR' }, { name: 'x', type: 'INTEGER' }], rows: { count: rows, bytes: csv.length, sha256: digestBytes(csv) }, metrics: [], checks: [] };
  return { label, report: 'team/report', asOf: '2026-01-07', result, csv };
}

async function longVerdict(rows: number): Promise<string> {
  return wordsOf(await compareResults(long(rows, 1, 'base'), long(rows, 2, 'head'), engine, { key: ['k'] }));
}

const CASES: Case[] = [
  { what: 'All rows are gone', elsewhere: 'Recce’s summary prints nothing where the new row count is 0', here: 'Different: 4 removed of 4.', found: () => verdict(keyed('INTEGER', numbers(4)), keyed('INTEGER', [])) },
  { what: '100 becomes 200', elsewhere: 'Recce divides by the new number: +50 %', here: 'total: 100 → 200, up 100 (100%)', found: () => line('Metrics', 'total', { ...single('INTEGER', '1'), metrics: metric('100') }, { ...single('INTEGER', '2'), metrics: metric('200') }) },
  { what: '0 becomes 5', elsewhere: 'size-limit prints +100 %', here: 'total: 0 → 5, up 5', found: () => line('Metrics', 'total', { ...single('INTEGER', '1'), metrics: metric('0') }, { ...single('INTEGER', '2'), metrics: metric('5') }) },
  { what: '1 cell of 20,000 differs', elsewhere: 'SQLMesh shows a partial match of 0.0 % beside a match of 100.0 %', here: 'x: 1 changed of 20,000', found: async () => (await line('Columns', 'x:', keyed('INTEGER', numbers(20_000)), keyed('INTEGER', ['-1', ...numbers(20_000).slice(1)]))).split(';')[0]! },
  { what: 'A decimal differs by 0.0004', elsewhere: 'SQLMesh compares decimals to three places: equal', here: 'Different: 1 changed of 1.', found: () => verdict(keyed('DECIMAL(9,4)', ['1.0000']), keyed('DECIMAL(9,4)', ['1.0004'])) },
  { what: 'A total of 1,000,000 differs by 9', elsewhere: 'Bruin’s default tolerance is 0.001 %: equal', here: 'Different: 1 changed of 1.', found: () => verdict(keyed('BIGINT', ['1000000']), keyed('BIGINT', ['1000009'])) },
  { what: 'A double is rounded otherwise in its 17th digit', elsewhere: 'Recce once showed it as a change', here: 'Equal: the same 1 row and 0 metrics; 1 number differs within the tolerance.', found: () => verdict(keyed('DOUBLE', ['0.30000000000000004']), keyed('DOUBLE', ['0.3'])) },
  { what: 'Two results without rows', elsewhere: 'audit_helper’s quick check says that they differ', here: 'Equal: the same 0 rows and 0 metrics.', found: () => verdict(single('INTEGER'), single('INTEGER')) },
  { what: 'One of two equal rows is gone', elsewhere: 'EXCEPT, as Recce and audit_helper use it, finds nothing', here: 'Different: 1 removed of 3.', found: () => verdict(single('INTEGER', '1', '1', '2'), single('INTEGER', '1', '2')) },
  {
    what: 'The keys (a-b, c) and (a, b-c)', elsewhere: 'Recce joins a key’s columns with “-”: the same row', here: 'Different: 1 row added, 1 removed of 1.',
    found: () => verdict({ columns: ['a VARCHAR', 'b VARCHAR', 'x INTEGER'], key: ['a', 'b'], rows: [['a-b', 'c', '1']] }, { columns: ['a VARCHAR', 'b VARCHAR', 'x INTEGER'], key: ['a', 'b'], rows: [['a', 'b-c', '1']] }),
  },
  {
    what: 'A row whose key is NULL has another value', elsewhere: 'SQLMesh leaves such rows out of its counts', here: 'Different: 1 changed of 1.',
    found: () => verdict({ ...keyed('INTEGER', []), rows: [[null, '1']] }, { ...keyed('INTEGER', []), rows: [[null, '2']] }),
  },
  { what: 'NULL becomes an empty text', elsewhere: 'audit_helper once took a missing row and a NULL for the same', here: 'Different: 1 changed of 1.', found: () => verdict(keyed('VARCHAR', [null]), keyed('VARCHAR', [''])) },
  {
    what: 'A column is on one side alone', elsewhere: 'Recce’s value comparison leaves it out without a word', here: 'added: new (INTEGER); removed: old (DATE)',
    found: async () => { const sides = [{ columns: ['k INTEGER', 'old DATE'], key: ['k'], rows: [['1', null]] }, { columns: ['k INTEGER', 'new INTEGER'], key: ['k'], rows: [['1', null]] }] as [Table, Table]; return [await line('Columns', 'added', ...sides), await line('Columns', 'removed', ...sides)].join('; '); },
  },
  { what: 'A column has another type, and one of its values another number', elsewhere: 'SQLMesh and Datafold do not compare it', here: 'x: 1 changed of 2', found: async () => (await line('Columns', 'x:', keyed('INTEGER', ['1', '2']), keyed('DECIMAL(9,1)', ['1.0', '2.5']))).split(';')[0]! },
  {
    what: 'A category vanishes', elsewhere: 'Recce orders the most frequent values by the new side: it can be missing', here: 'gone: 2 → 0, the 11th of the 11 that are told',
    found: async () => {
      const usual = numbers(10).flatMap((value) => [value, value, value]);
      const top = await topOf(single('VARCHAR', ...usual.slice(3), 'gone', 'gone'), single('VARCHAR', ...usual));
      const at = top.findIndex(({ value }) => value === 'gone');
      return `gone: ${top[at]!.base} → ${top[at]!.head}, the ${at + 1}th of the ${top.length} that are told`;
    },
  },
  {
    what: '2,500 rows differ', elsewhere: 'Recce’s query comparison ends at 2,000 rows', here: '2,500 of 2,500 rows in the file of all changes',
    found: async () => {
      const { tables } = await compareLoaded(resultOf(keyed('INTEGER', numbers(2500)), 'base'), resultOf(keyed('INTEGER', numbers(2500).map((value) => `-${value}1`)), 'head'), engine, { key: ['k'] });
      const { rows, written } = await fullDifference(tables!);
      return `${formatNumber(written, ',d')} of ${formatNumber(rows, ',d')} rows in the file of all changes`;
    },
  },
  {
    what: 'A check did not run', elsewhere: 'Recce counts it neither as failed nor as a mismatch', here: 'incomplete',
    found: async () => {
      const gate: GateResult = { gate: 'checks', level: 'warn', status: 'not-run', expected: '', actual: '', subject: null, waiver: null };
      return Promise.resolve(verdictOf([gate], 'modified'));
    },
  },
  {
    what: 'A side could not be run', elsewhere: 'Datafold can be set so that errors turn green', here: 'incomplete',
    found: async () => Promise.resolve(verdictOf([{ gate: 'rows', level: 'warn', status: 'not-run', expected: '', actual: '', subject: null, waiver: null }], 'modified')),
  },
  { what: 'The last of 2,000,000 rows differs', elsewhere: 'audit_helper’s summary was wrong for results of that size', here: 'Different: 1 changed of 2,000,000.', found: () => longVerdict(2_000_000) },
  { what: 'The last of 30,000 rows differs', elsewhere: 'Datafold can compare a sample', here: 'Different: 1 changed of 30,000.', found: () => longVerdict(30_000) },
  { what: 'Two doubles differ in their ninth digit', elsewhere: 'data-diff shows both as the same number', here: '0  x: 1.00000001 → 1.00000002', found: () => line('Rows changed (1)', '0', keyed('DOUBLE', ['1.00000001']), keyed('DOUBLE', ['1.00000002'])) },
  {
    what: '1 cell of 10,000 differs, and with it the total', elsewhere: 'Datafold’s match score is 99.99 %', here: 'total: 10000 → 20000, up 10000 (100%)',
    found: () => line('Metrics', 'total', { ...keyed('INTEGER', Array<string>(10_000).fill('1')), metrics: metric('10000') }, { ...keyed('INTEGER', ['10001', ...Array<string>(9_999).fill('1')]), metrics: metric('20000') }),
  },
  { what: '1 of 2 rows is gone', elsewhere: 'SQLMesh’s full match is 2 × the same ÷ (before + after): 66.7 %', here: 'Different: 1 removed of 2.', found: () => verdict(keyed('INTEGER', numbers(2)), keyed('INTEGER', numbers(1))) },
  {
    what: 'The data moves between the two runs', elsewhere: 'Datafold’s documentation calls it the noise that spoils a comparison', here: 'block: a file had other bytes',
    found: async () => {
      const gates = gatesOf(unjudged({ inputs: { identical: false, files: [], drift: null } }), effectivePolicy(reviewSchema.parse({})), { base: ['day'], head: ['day'] });
      return Promise.resolve(`${verdictOf(gates, 'modified')}: ${gates.find(({ status }) => status === 'fail')!.actual}`);
    },
  },
  { what: 'Two results differ, and nobody asked for an error', elsewhere: 'Bruin’s data-diff ends with 0', here: 'exit code 1', found: held('integration/compare-command.test.ts', 'compare tells two snapshots apart, with an exit code for each answer', 'exit code 1') },
  { what: 'Somebody else posts a comment with the marker', elsewhere: 'size-limit takes it for its own', here: 'left alone', found: held('integration/host-comment.test.ts', 'what others post with the marker is left alone; the comment is found on any page', 'left alone') },
  { what: 'The host refuses the comment', elsewhere: 'size-limit logs it, and the job is green', here: 'the job fails', found: held('integration/host-comment.test.ts', 'limits and failures that pass are waited for, and a failure that stays is an error', 'the job fails') },
  { what: 'What was asked for has run', elsewhere: 'Recce’s server for assistants enters it as approved', here: 'held until a person approves', found: held('integration/approval-git.test.ts', 'a program is nobody, whatever it calls itself', 'held until a person approves') },
];

for (const { what, here, found } of CASES) test(what, async () => assert.equal(await found(), here));

test('the table of the page is this one', async () => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../src/site/pages/docs/compare.md'), 'utf8');
  const section = page.slice(page.indexOf('## Where others go wrong'));
  const rows = [...section.slice(0, section.indexOf('\n## ', 3)).matchAll(/^\| (?!case|---)(.*) \|$/gm)].map(([, cells]) => cells!.split(' | '));
  assert.deepEqual(rows, CASES.map(({ what, elsewhere, here }) => [what, elsewhere, `\`${here}\``]));
});
