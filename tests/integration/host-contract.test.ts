import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGitHub } from '../../src/review/github.ts';
import { Contract } from '../contract/contract.ts';
import { routesInUse } from '../contract/routes.ts';
import { fakeHost } from './fake-host.ts';
import { origin } from './store-fixture.ts';

const contract = new Contract();
const PULLS = 'GET /repos/{owner}/{repo}/pulls';
const CHECKS = 'POST /repos/{owner}/{repo}/check-runs';
const place = { owner: 'team', repo: 'reports' };

test('every request that Daybook can make is one that GitHub describes, and no other is kept', async () => {
  assert.deepEqual(contract.routes, await routesInUse());
});

test('a request that does not fit is found: parameters, their kinds, keys of the body', () => {
  const problems = (route: string, query = '', body?: object): string => contract.request(route, place, new URLSearchParams(query), body).join('\n');
  assert.equal(problems(PULLS, 'state=all&per_page=100'), '');
  assert.match(problems(PULLS, 'state=everything'), /query parameter state: .*allowed values/);
  assert.match(problems(PULLS, 'per_page=many'), /per_page: .*integer/);
  assert.match(problems(PULLS, 'commit=1'), /no query parameter commit/);
  const check = { name: 'x', head_sha: 'y', output: { title: 't', summary: 's', annotations: [] as object[] } };
  assert.equal(problems(CHECKS, '', check), '');
  assert.match(problems(CHECKS), /body is missing/);
  assert.match(problems(CHECKS, '', { ...check, head_sha: undefined }), /head_sha/);
  assert.match(problems(CHECKS, '', { ...check, conclusion: 'passed' }), /conclusion .*allowed values/);
  assert.match(problems(CHECKS, '', { ...check, output: { ...check.output, annotation: [] } }), /body\.output has a key annotation/);
  const annotation = { path: 'a.yml', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' };
  assert.match(problems(CHECKS, '', { ...check, output: { ...check.output, annotations: Array.from({ length: 51 }, () => annotation) } }), /more than 50/);
});

test('the fake cannot lie: answers have what GitHub gives, of its kind, and nothing else', () => {
  const [pull] = contract.answer(PULLS, 200, [{ number: 7, user: null }]) as { number: number; user: null; base: { repo: { default_branch: string } } }[];
  assert.deepEqual([pull?.number, pull?.user, typeof pull?.base.repo.default_branch], [7, null, 'string']);
  assert.throws(() => contract.answer(PULLS, 200, [{ number: 'seven' }]), /number must be integer/);
  assert.throws(() => contract.answer(PULLS, 200, [{ mergedAt: null }]), /body\[0\] has a key mergedAt/);
  assert.throws(() => contract.answer(PULLS, 204, undefined), /does not answer 204/);
});

test('a request that does not fit fails the test that made it', async (t) => {
  const { bare } = await origin(t);
  const fake = await fakeHost(t, bare);
  const { api, repository, token } = fake;
  const host = openGitHub({ api, repository, token, fetch, second: 1 });
  await assert.rejects(host.dispatch('review.yml', undefined as unknown as string, {}), /ref/);
  assert.equal(fake.violations.length, 1);
  fake.violations.length = 0;
});
