import { readdirSync, readFileSync } from 'node:fs';

export interface Measure {
  seconds: number;
  /** User and system time of this process and its descendants; null where the system does not tell. */
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

/** Of this process and its descendants, also those that have ended: they are counted with their parents. */
function cpuSeconds(): number | null {
  const ours = family();
  return ours && ours.reduce((sum, { stat }) => sum + stat.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0), 0) / TICKS;
}

function memoryMb(): number | null {
  const ours = family();
  return ours && Math.round(ours.reduce((sum, { stat }) => sum + Number(stat[21]) * PAGE_MB, 0));
}

function family(): { pid: number; stat: string[] }[] | null {
  if (!statOf('self')) return null;
  const all = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(name) : null;
    return stat ? [{ pid: Number(name), stat }] : [];
  });
  const parents = new Map(all.map(({ pid, stat }) => [pid, Number(stat[1])]));
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && parents.has(pid) && isOurs(parents.get(pid)!));
  return all.filter(({ pid }) => isOurs(pid));
}
