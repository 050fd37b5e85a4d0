import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { writePast } from './audit-year.ts';
import { daybook, temporaryFolder } from './instance.ts';

/** With 200 reports and 365 days it is the year that an audit must tell in ten seconds. */
const [REPORTS, DAYS] = [20, 20];

test('a past of daily jobs and daily edits adds up', async (t) => {
  const root = path.join(await temporaryFolder(t), 'instance');
  await writePast(root, { reports: REPORTS, days: DAYS });
  const { code, out, text } = await daybook(root, ['audit'], { now: '2026-02-01T00:00:00Z' });
  assert.equal(code, 0, text);
  assert.match(out, /\n400 rows entered, 114 modified, 0 deleted; 114 modified rows and 38 metrics of periods already published \(restated\)\.\n/);
  assert.match(out, /\nLedger entries 1 to 20: 400 runs succeeded; 400 snapshots kept\. 21 commits changed definitions\.\n/);
  assert.doesNotMatch(out, /below snapshots/);
});
