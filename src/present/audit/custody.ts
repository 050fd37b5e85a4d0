import type { Custody, CustodyStep } from '../../analysis/audit/custody.ts';
import { line } from './rows.ts';

const FOUND: { [found in NonNullable<CustodyStep['found']>]: string } = { same: 'checked now: it is this one', other: 'checked now: it is ANOTHER one', 'not here': 'not here: it could not be checked' };

/** A step a paragraph: what, its digest, what a look at it came to, how to check it. */
export function custodyText({ snapshot, standing, steps }: Custody): string {
  const head = `Chain of custody of ${snapshot}${standing === 'published' ? '' : ` (${standing})`}`;
  return [head, ...steps.flatMap(({ step, what, digest, found, check }, index) => [
    '', `${index + 1}. ${step}  ${line(what, 400)}`,
    ...(digest === null ? [] : [`   digest  ${digest}`]), ...(found === null ? [] : [`   ${FOUND[found]}`]), `   by hand ${line(check, 600)}`,
  ])].join('\n');
}
