import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { newReport } from '../../scripts/new.ts';
import { readYaml } from '../../src/report/yaml.ts';
import { newInstance, quietWorld } from './instance.ts';

test('on a terminal a wrong answer is told, and asked for again; what was typed stays', async (t) => {
  const root = await newInstance(t, { 'daybook.yml': 'title: Test\ninstance: test\nteams: { team: { title: Team }, service: { title: Service } }\nsource_roots: [data]\n', 'data/x.csv': 'day,n\n2026-01-01,1\n2026-01-02,2\n' });
  const told: string[] = [];
  const answers: { [question: string]: string[] } = { 'SQL or data file': ['data/y.csv', 'data/x.csv'], 'Team (team, service)': ['servise', 'service'], Title: ['x'.repeat(161), 'Numbers'], 'What it shows': ['  ', 'What it shows.'], 'Owner (an address or a handle)': ['', 'me'] };
  assert.equal(await newReport(quietWorld(root), [], {}, async (question, suggested, above = []) => {
    told.push(...above);
    return Promise.resolve(answers[question]?.shift() ?? suggested ?? '');
  }), 0);
  assert.deepEqual(told.filter((line) => !line.startsWith('  →')), ['data/y.csv does not exist', 'there is no team "servise"; did you mean "service"?', 'the title has 161 characters; at most 160 are allowed', 'What it shows is not given', 'Owner (an address or a handle) is not given']);
  const { title, team, owner, description } = readYaml(await readFile(path.join(root, 'reports/service/x.yml'), 'utf8'), 'x.yml').value as { [key: string]: string };
  assert.deepEqual([title, team, owner, description], ['Numbers', 'service', 'me', 'What it shows.']);
});

test('on a terminal it asks for what is missing', async (t) => {
  const root = await newInstance(t, { 'data/x.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const asked: string[] = [];
  const answers = ['data/x.csv', 'Numbers'];
  const exit = await newReport(quietWorld(root), [], {}, async (question, suggested) => {
    asked.push(question);
    return answers.shift() ?? suggested ?? '';
  });
  assert.equal(exit, 0);
  assert.deepEqual(asked, ['SQL or data file', 'Title', 'What it shows']);
  assert.match(await readFile(path.join(root, 'reports/team/x.yml'), 'utf8'), /^title: Numbers$[^]*^description: "?Numbers, from data\/x\.csv\."? {3}# say what it shows/m);
});
