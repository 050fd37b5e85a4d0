import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDefinitions, problemsOf, reportIds } from '../../src/report/load.ts';
import { report, temporaryFolder, write } from './instance.ts';

test('a folder holds as many reports as a Git host shows snapshots of; those beyond are told, also alone', async (t) => {
  const root = await temporaryFolder(t);
  const many = Array.from({ length: 1_402 }, (_, index) => report(`r${String(index).padStart(4, '0')}`, 'select 1 as one'));
  await write(root, {
    'daybook.yml': 'title: T\ninstance: t\nteams: { team: { title: Team } }\nsource_roots: [data]\n',
    'queries/sources/orders.yml': 'files: data/orders.csv\n',
    ...Object.assign({}, ...many) as Record<string, string>,
  });
  const definitions = loadDefinitions(root);
  assert.deepEqual(problemsOf(definitions).map(({ code, place, message }) => [code, place.file, message]), ['1400', '1401'].map((number) => ['id-invalid', `reports/team/r${number}.yml`, 'reports/team has more than 1400 reports']));
  assert.deepEqual([definitions.reports.size, definitions.broken.get('team/r1401')!.title], [1_400, 'Report r1401']);
  assert.equal(reportIds(root).length, 1_402);
  assert.deepEqual([...loadDefinitions(root, ['team/r1399', 'team/r1400']).broken.keys()], ['team/r1400']);
});
