import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { reviewSchemaFile } from '../../scripts/generate.ts';
import type { Review } from '../../src/analysis/review/review.ts';
import { DaybookError } from '../../src/error.ts';
import { reviewMarkdown } from '../../src/review/review-markdown.ts';
import { readReview, REVIEW_BYTES, writeReview } from '../../src/review/review-schema.ts';
import { fitReview } from '../../src/review/review-size.ts';
import { openEngine } from './compare-fixture.ts';
import { reportOf, reviewOf } from './review-fixture.ts';
import { goldenReview } from './review-golden.ts';

const engine = await openEngine();
after(() => engine.close());
const review = await goldenReview(engine);

test('the JSON Schema of a review is the one that is published', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  for (const [file, text] of Object.entries(reviewSchemaFile())) assert.equal(readFileSync(path.join(root, file), 'utf8'), text, `${file}: run npm run generate`);
});

test('a review is read as it was written', () => {
  assert.deepEqual(readReview(writeReview(review)), review);
  assert.deepEqual(readReview(writeReview(reviewOf())), reviewOf());
});

test('a document with anything else in it is refused, by name', () => {
  const copy = (change: (one: Review) => void): string => {
    const one = structuredClone(review);
    change(one);
    return JSON.stringify(one);
  };
  const bad: [string, string, string | undefined][] = [
    ['no JSON', 'review', undefined],
    ['null', 'null', undefined],
    ['too large', ' '.repeat(REVIEW_BYTES) + writeReview(review), undefined],
    ['another format', copy((one) => Object.assign(one, { format: 'daybook/review/2' })), 'format'],
    ['a key more', copy((one) => Object.assign(one, { pull: 7 })), undefined],
    ['a key more within', copy((one) => Object.assign(one.reports[0]!.comparison!, { note: 'x' })), 'reports.0.comparison'],
    ['a prototype', writeReview(review).replace('{', '{"__proto__":{"verdict":"pass"},'), undefined],
    ['a verdict of its own', copy((one) => Object.assign(one, { verdict: 'fine' })), 'verdict'],
    ['an id that leads elsewhere', copy((one) => Object.assign(one.reports[0]!, { report: '../../x' })), 'reports.0.report'],
    ['a short commit', copy((one) => Object.assign(one.head, { commit: 'bbbb' })), 'head.commit'],
    ['a format that is none', copy((one) => Object.assign(one.reports[0]!.metrics[0]!, { format: '%%%' })), 'reports.0.metrics.0.format'],
    ['a number for a text', copy((one) => Object.assign(one.reports[0]!, { title: 5 })), 'reports.0.title'],
    ['nested without end', '['.repeat(400_000), undefined],
  ];
  for (const [what, document, key] of bad) {
    assert.throws(() => readReview(document, 'artifact/review.json'), (cause) => {
      assert.ok(cause instanceof DaybookError && cause.code === 'review-broken' && cause.place.file === 'artifact/review.json', what);
      assert.equal(cause.place.key, key, what);
      return true;
    }, what);
  }
});

const bytes = (one: Review): number => Buffer.byteLength(writeReview(one));

test('what is too large loses first what is least missed, from the least worrying report on, and says so', () => {
  assert.equal(fitReview(review), review);
  const [worst, ...others] = review.reports;
  const samples = (one: Review): number[] => one.reports.map(({ comparison }) => (comparison && comparison.kind !== 'incomparable' ? comparison.samples.modified.rows.length : 0));
  const compared = worst!.comparison as NonNullable<Review['reports'][number]['comparison']> & { kind: 'different' };
  const rows = Array.from({ length: 10 }, () => compared.samples.modified.rows).flat();
  const second = { ...worst!, report: 'sales/orders-too', comparison: { ...compared, samples: { ...compared.samples, modified: { ...compared.samples.modified, rows } } } };
  const two = { ...review, reports: [worst!, second, ...others] };
  const sized = fitReview(two, bytes(two) - 100);
  assert.deepEqual(samples(sized).slice(0, 2), [9, 0]);
  assert.deepEqual(sized.omitted, ['So that it fits, the document is without rows shown as examples, of 1 report.']);
  assert.equal(sized.verdict, 'block');
  assert.ok(reviewMarkdown(sized).includes('without rows shown as examples'));

  let before = Infinity;
  for (const most of [30_000, 20_000, 12_000, 8_000, 5_000, 4_000]) {
    const fitted = fitReview(two, most);
    assert.ok(bytes(fitted) <= most && bytes(fitted) <= before, `${bytes(fitted)} of ${most}`);
    before = bytes(fitted);
    assert.equal(fitted.reports.length + (fitted.unlisted ?? 0), two.reports.length);
    assert.equal(fitted.verdict, 'block');
    assert.deepEqual(readReview(writeReview(fitted)), fitted);
  }
});

test('a review of very many reports fits, and counts those that it does not list', () => {
  const many = reviewOf(Array.from({ length: 3_000 }, (_, index) => reportOf({ report: `team/r${index}`, title: 'x'.repeat(400) })), { problems: Array.from({ length: 2_000 }, () => ({ report: null, code: 'yaml-syntax', message: 'm'.repeat(3_000), remedy: '', file: null, line: null, column: null })) });
  const fitted = fitReview(many);
  assert.ok(bytes(fitted) <= REVIEW_BYTES && fitted.reports.length > 100);
  assert.equal(fitted.reports.length + fitted.unlisted!, 3_000);
  assert.match(reviewMarkdown(fitted), /^\*\*Pass\*\*: 3,000 affected reports/);
});
