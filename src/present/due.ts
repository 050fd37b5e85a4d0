import type { ReportCard } from '../analysis/facts/facts.ts';

/**
 * When the next result comes: at a time of the schedule, with the next job (which has not run the
 * report yet, and runs new ones whenever it starts), or never.
 */
export function dueWords({ nextDue, status }: Pick<ReportCard, 'nextDue' | 'status'>): 'time' | 'next job' | 'none' {
  if (nextDue !== null) return 'time';
  return status === 'waiting' || status === 'current' ? 'next job' : 'none';
}
