import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planFolder } from '../../src/review/onboard/import-folder.ts';
import type { Resolve } from '../../src/review/onboard/import-plan.ts';

/** Every table has data: whatever is asked for would be found. */
const found: Resolve = (_, table) => ({ source: table });

const told = (sql: string): string[] => planFolder(new Map([['two.sql', sql]]), found).reports.map(({ sources, findings }) => [...sources, ...findings.map(({ line, what }) => `${line}: ${what}`)].join('; '));

test('a table that another statement of the file makes is not looked for in data', () => {
  const made = 'the query reads “stage”, which another statement of this file makes (line 1)';
  assert.deepEqual(told('create temp table stage as select * from orders;\nselect * from stage'), ['orders', `2: ${made}`]);
  assert.deepEqual(told('CREATE OR REPLACE TEMPORARY VIEW IF NOT EXISTS dev.Stage AS SELECT * FROM orders;\n\nselect * from crm.orders join "stage" using (id);'), ['orders', `orders; 3: ${made}`]);
  assert.deepEqual(told('select * into #stage from orders;\nselect * from orders'), ['orders', 'orders']);
  // What it is called elsewhere is another table’s name.
  assert.deepEqual(told('create table stage as select 1 as one;\nselect stage.total from totals as stage'), ['', 'totals']);
  assert.deepEqual(told('create schema stage;\nselect * from stage'), ['', 'stage']);
});

test('a text with variables of another tool is told by what it is, in quotes too', () => {
  const cases: [sql: string, what: string][] = [
    ["select * from {{ ref('orders') }}", '1: a template in braces, not SQL'], ['select 1 {% if x %} where true {% endif %}', '1: a template in braces, not SQL'],
    ['select * from orders where day > {{start}}', '1: {{start}} is a variable of another tool, such as Metabase or Redash'],
    ["select * from orders where day > '{{ start date }}'", '1: {{start date}} is a variable of another tool, such as Metabase or Redash'],
    ["select * from orders where name like '{%' -- {{x}}", 'orders'],
  ];
  for (const [sql, what] of cases) assert.deepEqual(told(sql), [what], sql);
});
