import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../src/analysis/facts/facts.ts';
import { archiveEnd } from '../../src/analysis/facts/report-facts.ts';
import { dueWords } from '../../src/present/due.ts';
import type { Report, Source } from '../../src/report/report.ts';

test('a report’s data has ended with the last of its sources, and not while one grows', () => {
  const sources = new Map([['early', '2001-06-30'], ['late', '2002-12-31'], ['alive', undefined]].map(([name, archive]) => [name!, { name, archive } as Source]));
  const end = (...names: string[]): string | null => archiveEnd({ sources: names } as Report, sources);
  assert.equal(end('early'), '2001-06-30');
  assert.equal(end('late', 'early'), '2002-12-31');
  assert.equal(end('early', 'alive'), null);
  assert.equal(end(), null);
});

test('a report that the job has never run is due with the next one', () => {
  const words = (status: Status, nextDue: string | null = null): string => dueWords({ status, nextDue });
  assert.equal(words('waiting'), 'next job');
  assert.equal(words('current'), 'next job', 'a local result');
  for (const status of ['ended', 'withdrawn', 'failed'] as const) assert.equal(words(status), 'none');
  assert.equal(words('current', '2026-01-09T06:00Z'), 'time');
});
