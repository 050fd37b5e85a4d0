import { formatSpecifier } from 'd3-format';
import { z } from 'zod';

/*
 * What single values of the files that people write may be; schema.ts says where each stands.
 */

export const text = z.string().trim().min(1);
export const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name of a-z, 0-9 and _, starting with a letter');
export const slug = z.string().regex(/^[a-z0-9-]+$/, 'a name of a-z, 0-9 and hyphens');
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}Z)?$/, 'a date such as 2001-06-30, or 2001-06-30T14:00Z');
export const span = z.string().regex(/^[1-9]\d* ?(minutes?|hours?|days?|weeks?)$/, 'a span such as "36 hours" or "2 days"');
export const format = z.string().refine(isFormat, 'a d3-format such as ",d", ".1%" or ",.2f"').describe('How a number is written: a d3-format such as ",d", ".1%", ",.2f"');

/**
 * Patterns are matched in Daybook's own process, where a pattern of patterns, or many stars, takes longer than anybody waits: the time
 * grows with their power.
 */
function isFilePattern(pattern: string): boolean {
  const stars = (part: string): number => part.match(/\*/g)?.length ?? 0;
  const parts = pattern.split('/');
  // What reads and what tells who reads take `{./a,b}` otherwise.
  const isSimple = !/[+*?@!]\(|\{[^}]*(\.[,}/]|\.\.|\/\/|\{)/.test(pattern) && (pattern.match(/\{/g)?.length ?? 0) <= 2;
  return pattern.length <= 500 && isSimple && parts.filter((part) => part.includes('**')).length <= 2 && parts.every((part) => stars(part) <= 3);
}

export const filePattern = text.refine(isFilePattern, 'a path or a pattern of at most 500 characters, with at most three * in a part, two ** and two {…} of names');

/** Addresses become links: nothing but the web, since `javascript:` is an address too. */
export const webAddress = z.url({ protocol: /^https?$/, error: 'an address that starts with https:// or http://' });

/** Formats are read where a page is built: a wrong one would stop the site for everybody. */
function isFormat(text: string): boolean {
  try {
    const { type, width = 0 } = formatSpecifier(text);
    return /^[efgrsp%bodxXcn]?$/.test(type) && width <= 40;
  } catch {
    return false;
  }
}
