import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
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

test('nor is personal data reached by another spelling of its path, by a link, or by looking for data that fits', async (t) => {
  const marked = 'title: Pay\nteam: team\nowner: a@example.org\ndescription: D.\nsources: [pay]\nschedule: { cron: "0 6 * * *" }\nas_of: { column: day }\ncolumns: { grade: { personal: true } }\nmetrics: { n: { label: N, value: count() } }\n';
  const rows = 'day,grade,pay\n2026-01-05,north,1\n2026-01-06,south,2\n';
  const { root } = await setting(t, {
    'daybook.yml': `${String(BASE['daybook.yml'])}personal_store: ../personal\n`, 'reports/team/pay.yml': marked, 'queries/team/pay.sql': 'select * from pay\n',
    'queries/sources/pay.yml': 'files: [data/pay-*.csv, data/latest.csv]\n', 'queries/sources/again.yml': 'files: data/again.csv\n', 'data/pay-1.csv': rows, 'data/held/pay.csv': rows,
  });
  await symlink('held/pay.csv', path.join(root, 'data/latest.csv'));
  await symlink('pay-1.csv', path.join(root, 'data/again.csv'));
  const data = (file: string): Filled => ({ title: 'T', team: 'team', description: 'D', data: file, template: 'kpi' });
  const sql = (query: string, more: Filled = {}): Filled => ({ ...GOOD, sql: query, ...more });
  const leaks: Filled[] = [
    sql('select * from t', { data: 't=data/pay-1.csv' }), data(path.join(root, 'data/pay-1.csv')), data('data/again.csv'), data('data/held/pay.csv'),
    sql('select day, pay, error(grade) as n from again'), sql('select day, pay, error(grade) as n from unknown'), sql('select day, pay, error(grade) as n from "held.pay"'), sql('select day, pay, error(grade) as n from held.pay'),
  ];
  for (const form of leaks) {
    await read(root, form);
    const { made, problems } = await answerOf(root);
    assert.equal(made, null, JSON.stringify(form));
    assert.doesNotMatch(JSON.stringify(problems), /north|south/, JSON.stringify(form));
  }
});
