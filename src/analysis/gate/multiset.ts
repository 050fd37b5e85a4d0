/** What of a list is not in another, each as often as it stands there more. In one pass: both lists are anybody’s, and may be long. */
export function beyond(all: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const one of others) left.set(one, (left.get(one) ?? 0) + 1);
  return all.filter((one) => {
    const often = left.get(one) ?? 0;
    left.set(one, often - 1);
    return often <= 0;
  });
}
