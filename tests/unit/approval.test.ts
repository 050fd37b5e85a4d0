import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Marked, type Token } from 'marked';
import { nameOn } from '../../scripts/world/host.ts';
import { DaybookError } from '../../src/error.ts';
import { isIdPart } from '../../src/report/load.ts';
import { approvalText } from '../../src/review/approval-text.ts';
import { code, codeBlock } from '../../src/review/markdown.ts';
import { approvalBranch, approvalOf, approvalPath, heldVersions, pendingVersions, readApproval, writeApproval, type Approval } from '../../src/snapshot/approval.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { emptyState, type LedgerState, type Version } from '../../src/snapshot/ledger-state.ts';

function version(asOf = '2001-06-30', number = 1, more: Partial<Version> = {}): Version {
  const digest = (what: string) => digestBytes(`${what} ${asOf} ${number}`);
  return {
    report: 'aviation/flights-daily', as_of: asOf, version: number, manifest: digest('manifest'), rows: digest('rows'), data: digest('data'),
    sequence: 1, time: '2001-07-01T06:00:00Z', standing: 'held', approvers: 1, published: null, retired: null, erased: null, ...more,
  };
}

function stateOf(...versions: Version[]): LedgerState {
  const state = emptyState();
  for (const [report, own] of Map.groupBy(versions, (one) => one.report)) {
    state.reports.set(report, { lastSlot: null, lastRun: null, newest: null, newestGood: null, known: new Map(), versions: Map.groupBy(own, (one) => one.as_of) });
  }
  return state;
}

test('a file and a branch a snapshot; no report can lie there', () => {
  const name = { report: 'aviation/flights-daily', asOf: '2001-06-30', version: 2 };
  assert.equal(approvalPath(name), 'reports/aviation/flights-daily.approvals/2001-06-30.v2.json');
  assert.equal(approvalBranch(name), 'daybook/approve/aviation/flights-daily/2001-06-30.v2');
  const hourly = { ...name, asOf: '2001-06-30T14:00Z' };
  assert.equal(approvalPath(hourly), 'reports/aviation/flights-daily.approvals/2001-06-30t1400.v2.json');
  assert.equal(approvalBranch(hourly), 'daybook/approve/aviation/flights-daily/2001-06-30t1400.v2');
  assert.equal(isIdPart('flights-daily.approvals'), false);
});

test('an approval is read as it was written, and for its own snapshot alone', () => {
  const held = version();
  for (const decision of ['approved', 'rejected'] as const) {
    const approval = approvalOf(held, decision);
    assert.deepEqual(readApproval(writeApproval(approval), 'file', held), approval);
  }
  const good = approvalOf(held, 'approved');
  const bad: [string, string | Approval][] = [
    ['not JSON', 'approved'],
    ['another layout', JSON.stringify(good)],
    ['another format', { ...good, format: 'daybook/approval/2' } as unknown as Approval],
    ['no decision', { ...good, decision: 'maybe' } as unknown as Approval],
    ['a word more', { ...good, note: 'trust me' } as Approval],
    ['another report', { ...good, report: 'aviation/other' }],
    ['another as-of', { ...good, as_of: '2001-06-29' }],
    ['another version', { ...good, version: 2 }],
    ...(['manifest', 'rows', 'data'] as const).map((key): [string, Approval] => [key, { ...good, [key]: digestBytes('other') }]),
  ];
  for (const [what, text] of bad) {
    const read = () => readApproval(typeof text === 'string' ? text : writeApproval(text), 'reports/a.approvals/2001-06-30.v1.json', held);
    assert.throws(read, (cause) => cause instanceof DaybookError && cause.code === 'approval-broken' && cause.place.file === 'reports/a.approvals/2001-06-30.v1.json', what);
  }
});

test('the latest version of each as-of is pending while it is held', () => {
  const state = stateOf(
    version('2001-06-28', 1), version('2001-06-28', 2, { standing: 'published' }),
    version('2001-06-29', 1), version('2001-06-29', 2),
    version('2001-06-30', 1, { standing: 'published', approvers: 0 }),
    version('2001-06-27', 1, { report: 'aviation/a' }), version('2001-06-27', 2, { report: 'aviation/a', standing: 'rejected' }),
  );
  assert.deepEqual(pendingVersions(state).map((one) => `${one.as_of}.v${one.version}`), ['2001-06-29.v2']);
  assert.equal(heldVersions(state).length, 6);
});

const BODY = { held: version(), title: 'US flights', shown: null, comparison: ['rows: 3', 'Flights: new, 17'] };

test('what a pull request says', () => {
  const { title, body } = approvalText(BODY);
  assert.equal(title, 'Approve aviation/flights-daily@2001-06-30.v1');
  assert.match(body, /^`US flights`: `aviation\/flights-daily@2001-06-30\.v1` is kept, and held back until it is approved\. Readers see nothing of this report yet\.\n/);
  assert.match(body, /```text\nrows: 3\nFlights: new, 17\n```/);
  assert.ok(body.includes(version().data));
  assert.doesNotMatch(body, /people\*\* have to approve/);
  const two = approvalText({ ...BODY, held: version('2001-06-30', 2, { approvers: 2 }), shown: version('2001-06-30', 1, { standing: 'published' }) }).body;
  assert.match(two, /Readers still see `aviation\/flights-daily@2001-06-30\.v1`\./);
  assert.match(two, /- \*\*2 people\*\* have to approve it/);
  assert.match(two, /`npx daybook compare aviation\/flights-daily@2001-06-30\.v1 aviation\/flights-daily@2001-06-30\.v2`/);
});

const marked = new Marked({ gfm: true });

/** Text that a host reads as words of its own: outside of code, with what is HTML. */
function outsideCode(tokens: Token[]): string {
  return tokens.map((token) => {
    if (token.type === 'code' || token.type === 'codespan') return '';
    if ('tokens' in token && token.tokens) return outsideCode(token.tokens);
    if (token.type === 'list') return outsideCode((token as { items: Token[] }).items);
    return token.raw;
  }).join('');
}

const hostile = fc.oneof(
  fc.constantFrom('@octocat', '#1', '</code><script>', '```', '``` x', '`', '``', '~~~', '|', '| - |', '![x](http://x.example)', '\u202e', '\u2028', '\r\n', '\n\n# h', '<!--', 'GH-1', 'a'.repeat(41), '&#64;', '\\`', 'https://x.example', '    '),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const text = fc.array(hostile, { maxLength: 12 }).map((parts) => parts.join('MARK'));

test('no text of data is anything but code, whatever it holds', () => {
  const plain = outsideCode(marked.lexer(approvalText(BODY).body));
  fc.assert(fc.property(text, fc.array(text, { maxLength: 8 }), (title, comparison) => {
    const { body } = approvalText({ ...BODY, title, comparison });
    assert.equal(outsideCode(marked.lexer(body)), plain);
    assert.doesNotMatch(body, /[\u202a-\u202e\u2066-\u2069\u2028\r]/u);
  }), { seed: 8, numRuns: 500 });
});

test('code holds its text', () => {
  for (const [from, to] of [['a`b', '``a`b``'], ['`a', '`` `a ``'], ['  a\n b ', '`a  b`'], ['', '` `'], ['a``b', '```a``b```']] as const) assert.equal(code(from), to);
  assert.equal(codeBlock(['a', '```', 'b\nc']), '````text\na\n```\nb c\n````');
});

test('a long comparison is cut to what a host takes, and says so', () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `${index}: ${'x'.repeat(index % 700)}\``);
  const { body } = approvalText({ ...BODY, title: 'x'.repeat(160), comparison: ['`'.repeat(5000), ...lines] });
  assert.ok(body.length <= 60_000 && body.length > 50_000, String(body.length));
  assert.match(body, /\n… and \d+ more lines\n/);
});

test('which repository an address of a remote means', () => {
  const server = 'https://github.com';
  for (const address of ['https://github.com/team/reports.git', 'https://github.com/team/reports', 'https://x:y@github.com/team/reports/', 'git@github.com:team/reports.git', 'ssh://git@github.com:22/team/reports.git', 'ssh://git@github.com/team/reports']) {
    assert.equal(nameOn(server, address), 'team/reports', address);
  }
  for (const address of [null, '', '/srv/team/reports.git', 'https://example.org/team/reports', 'git@example.org:team/reports', 'https://github.com.example.org/team/reports', 'https://github.com/team']) {
    assert.equal(nameOn(server, address), null, String(address));
  }
  assert.equal(nameOn('https://git.example.org', 'git@git.example.org:team/reports.git'), 'team/reports');
});
