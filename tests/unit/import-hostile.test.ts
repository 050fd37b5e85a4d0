import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planEvidence } from '../../src/review/onboard/evidence-project.ts';
import { planFolder } from '../../src/review/onboard/import-folder.ts';
import type { ImportPlan, Resolve } from '../../src/review/onboard/import-plan.ts';

/** The largest text that an import reads. */
const MOST = 490_000;
const PAGE = '```sql q\nselect 1 as a\n```\n<DataTable data={q}/>\n';

const found: Resolve = (_, table) => ({ source: table });
const filled = (text: string): string => text.repeat(Math.floor(MOST / text.length));

/** Each takes far less than a second; what grows with the square of its length takes minutes. */
function quickly(name: string, plan: () => ImportPlan): ImportPlan {
  const began = performance.now();
  const made = plan();
  const took = performance.now() - began;
  assert.ok(took < 5_000, `${name}: ${Math.round(took)} ms`);
  return made;
}

test('SQL that somebody wrote to keep an import busy does not', () => {
  const folder = (sql: string): ImportPlan => planFolder(new Map([['a.sql', sql]]), found);
  for (const text of ['/*', '{% a ', '{{ ', '{{', '[[']) quickly(text, () => folder(filled(text)));
  quickly('{{ and spaces', () => folder(`select {{${' '.repeat(MOST)}`));
  const { reports } = quickly('statements', () => folder(filled('select 1;')));
  assert.deepEqual(reports.map(({ findings }) => findings.map(({ kind, what }) => [kind, what])), [[['block', `the file holds ${Math.floor(MOST / 9)} statements, and an import reads 200 of one file`]]]);
});

test('pages that somebody wrote to keep an import busy, or to end it, are told, and the others are read', () => {
  const project = (page: string, partial = ''): ImportPlan => planEvidence(new Map([['pages/a.md', page], ['pages/b.md', PAGE], ['partials/p.md', partial]]), found);
  const cases: [name: string, plan: () => ImportPlan][] = [
    ['pieces', () => project(PAGE + filled('{a}'))],
    ['partials of partials', () => project(`${PAGE}{@partial "p.md"}\n`, '{@partial "p.md"}\n'.repeat(20_000))],
    ['partials', () => project(`${PAGE}${'{@partial "p.md"}\n'.repeat(9_000)}`, '{a}\n'.repeat(9_000))],
  ];
  for (const [name, plan] of cases) {
    const { reports, findings } = quickly(name, plan);
    assert.deepEqual(reports.map(({ page }) => page), ['pages/b.md'], name);
    assert.match(findings.map(({ file, what }) => `${file}: ${what}`).join('\n'), /^pages\/a\.md: the page has more than 20000 pieces$/, name);
  }
});
