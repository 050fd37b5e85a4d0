import { LEVELS, THRESHOLDS, type GateName, type ReportReviewPolicy, type ReviewPolicy } from './schema.ts';
import type { Path } from './yaml.ts';

/** Those that a report has no part in. */
const OF_THE_CHANGE: ReadonlySet<GateName> = new Set(['data', 'files', 'code', 'policy']);

/** Where a report would be held to less than the instance: what is wrong, and the key below `review`. */
export function laxReview(review: ReportReviewPolicy, instance: ReviewPolicy, metrics: readonly string[]): { message: string; path: Path; hint: string }[] {
  const gates = Object.entries(review.gates) as [GateName, (typeof LEVELS)[number]][];
  return [
    ...gates.filter(([gate]) => OF_THE_CHANGE.has(gate)).map(([gate]) => ({ message: `gate \`${gate}\` is of a change as a whole, not of a report`, path: ['gates', gate], hint: 'Set it in `review` of daybook.yml.' })),
    ...gates.filter(([gate, level]) => !OF_THE_CHANGE.has(gate) && LEVELS.indexOf(level) < LEVELS.indexOf(instance.gates[gate]))
      .map(([gate, level]) => ({ message: `\`${level}\` is less than the instance’s \`${instance.gates[gate]}\``, path: ['gates', gate], hint: HINT })),
    ...THRESHOLDS.flatMap((name) => (review[name] !== undefined && review[name] > instance[name] ? [{ message: over(review[name], instance[name]), path: [name], hint: HINT }] : [])),
    ...Object.entries(review.metrics).flatMap(([name, share]) => {
      if (!metrics.includes(name)) return [{ message: `there is no metric "${name}"`, path: ['metrics', name], hint: metrics.length > 0 ? `Known: ${metrics.slice(0, 20).join(', ')}.` : 'The report has no metrics.' }];
      return share > instance.metric_change ? [{ message: over(share, instance.metric_change), path: ['metrics', name], hint: HINT }] : [];
    }),
  ];
}

const HINT = 'A report can be held to more than the instance, never to less: ask for no less here, or change `review` in daybook.yml.';

function over(share: number, most: number): string {
  return `${share} allows more than the instance’s ${most}`;
}
