const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };

/** In milliseconds: of a span that the schema has passed, such as `36 hours`. */
export function spanOf(text: string): number {
  const [, count, unit] = /^(\d+) ?(minute|hour|day|week)s?$/.exec(text)!;
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}
