import { readdirSync, readFileSync } from 'node:fs';

export interface Measure {
  seconds: number;
  /** User and system time of this process and of its children that ended meanwhile; null where the system does not tell. */
  cpuSeconds: number | null;
  /** Largest sum of resident memory of this process and its descendants, sampled; null where the system does not tell. */
  peakMb: number | null;
}

/** Measures a step as the operating system sees it (Linux /proc). */
export async function measure<T>(step: () => Promise<T>): Promise<{ value: T; measure: Measure }> {
  const start = performance.now();
  const cpu = cpuSeconds();
  let peak = memoryMb();
  const timer = setInterval(() => {
    const now = memoryMb();
    if (now !== null && now > (peak ?? 0)) peak = now;
  }, 100);
  try {
    const value = await step();
    const after = cpuSeconds();
    return { value, measure: { seconds: (performance.now() - start) / 1_000, cpuSeconds: cpu === null || after === null ? null : after - cpu, peakMb: peak } };
  } finally {
    clearInterval(timer);
  }
}

/** Fields of /proc/<pid>/stat after the name, which may hold blanks. */
function statOf(pid: number | string): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  } catch {
    return null;
  }
}

const TICKS = 100;
const PAGE_MB = 4_096 / 1_048_576;

function cpuSeconds(): number | null {
  const stat = statOf('self');
  return stat ? stat.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS : null;
}

function memoryMb(): number | null {
  if (!statOf('self')) return null;
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(name) : null;
    if (!stat) continue;
    parents.set(Number(name), Number(stat[1]));
    sizes.set(Number(name), Number(stat[21]) * PAGE_MB);
  }
  const isOurs = (pid: number): boolean => pid === process.pid || (parents.has(pid) && pid > 1 && isOurs(parents.get(pid)!));
  return Math.round([...sizes].filter(([pid]) => isOurs(pid)).reduce((sum, [, size]) => sum + size, 0));
}
