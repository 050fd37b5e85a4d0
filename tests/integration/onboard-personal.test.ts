import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE } from './instance.ts';
import { answerOf, GOOD, read, setting, type Filled } from './onboard-fixture.ts';

test('a form over personal data is refused before anything runs: what an issue says cannot be erased', async (t) => {
  const marked = 'title: Pay\nteam: team\nowner: a@example.org\ndescription: D.\nsources: [orders]\nschedule: { cron: "0 6 * * *" }\nas_of: { column: day }\ncolumns: { region: { personal: true } }\nmetrics: { n: { label: N, value: count() } }\n';
  const { root } = await setting(t, { 'daybook.yml': `${String(BASE['daybook.yml'])}personal_store: ../personal\n`, 'reports/team/pay.yml': marked, 'queries/team/pay.sql': 'select * from orders\n', 'queries/sources/again.yml': 'files: data/*.csv\n', 'data/other.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const why = 'orders is read here, of which team/pay marks region as personal, and what an issue says cannot be erased';
  const leaks: Filled[] = [
    { ...GOOD, sql: "select day, error(string_agg(region)) as n from orders group by day" },
    { ...GOOD, sql: 'select * from again' },
    { ...GOOD, sql: 'with x as (select * from "ORDERS") select * from x' },
    { title: 'T', team: 'team', description: 'D', data: './data/orders.csv', template: 'kpi' },
    { ...GOOD, sql: 'select 1 as n', sources: 'orders' },
  ];
  for (const form of leaks) {
    await read(root, form);
    const { made, problems } = await answerOf(root);
    assert.equal(made, null, JSON.stringify(form));
    assert.deepEqual(problems.map(({ message }) => message), [why], JSON.stringify(form));
    assert.doesNotMatch(JSON.stringify(problems), /north/);
  }
});
