import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GateResult } from '../../src/analysis/gate/gates.ts';
import { waiveHelp } from '../../src/review/waive-help.ts';
import { waiversIn } from '../../src/review/waive-lines.ts';
import { reportOf, reviewOf } from './review-fixture.ts';

const gate = (name: GateResult['gate'], more: Partial<GateResult> = {}): GateResult => ({ gate: name, level: 'block', status: 'fail', expected: '', actual: '', subject: null, waiver: null, ...more });
const linesOf = (text: string | null): string[] => /```text\n([^]*?)\n```/.exec(text ?? '')?.[1]?.split('\n') ?? [];

test('lines to waive with are those of gates that hold the change back, and are waivers as soon as they have a reason', () => {
  const metrics = [gate('metrics', { subject: 'orders' }), gate('metrics', { subject: 'returns' }), gate('values', { level: 'warn' }), gate('backtest', { status: 'not-run', level: 'warn' }), gate('key', { status: 'pass' })];
  const failing = reportOf({ report: 'sales/fails', gates: [gate('status'), gate('key', { status: 'not-run' })] });
  const lines = linesOf(waiveHelp(reviewOf([reportOf({ gates: metrics }), failing], { gates: [gate('policy')] })));
  assert.deepEqual(lines, ['waive policy:', 'waive metrics sales/orders:', 'waive backtest sales/orders:']);
  assert.deepEqual(waiversIn(lines.join('\n')).lines, []);
  assert.equal(waiversIn(lines.join('\n')).unread.length, 3);
  assert.deepEqual(waiversIn(lines.map((line) => `${line} seen`).join('\n')).lines.map(({ gate: name, report, reason }) => [name, report, reason]), [['policy', null, 'seen'], ['metrics', 'sales/orders', 'seen'], ['backtest', 'sales/orders', 'seen']]);
});

test('nothing is said of waivers where nothing holds the change back, and not much where a lot does', () => {
  assert.equal(waiveHelp(reviewOf([reportOf({ gates: [gate('values', { level: 'warn' }), gate('rows', { waiver: { gate: 'rows', report: 'sales/orders', head: 'b', by: 'Ada', reason: 'seen', until: null } })] })])), null);
  const many = Array.from({ length: 300 }, (_, index) => reportOf({ report: `sales/${'r'.repeat(100)}${index}`, gates: [gate('metrics')] }));
  const text = waiveHelp(reviewOf(many))!;
  assert.ok(text.length < 2_000 && text.includes('292 more gates'), `${text.length}`);
});
