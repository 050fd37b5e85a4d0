import { Child } from './child.ts';

/** A request that needs a child which was set up by `open`; children of the same key are set up alike. */
export interface Work {
  key: string;
  open: object;
  run: object;
  /** Time limit of `run`, asked when it starts. */
  seconds: () => number;
  /** Called when a child takes it up, which may have to be started and opened. */
  taken: () => void;
  /** Called when that child is open, right before it gets `run`. */
  asked: () => void;
}

interface Pool {
  /** Resolves with the child's answer. @throws what Child.request throws. */
  submit<T>(work: Work): Promise<T>;
  close(): void;
}

interface Queued {
  work: Work;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
  /** How often later work went first, because a child was set up for it. */
  passed: number;
}

interface Slot {
  child: Child;
  key: string | null;
  busy: boolean;
}

const OPEN_SECONDS = 60;
/** How far ahead work is looked for that an idle child is set up for. */
const LOOK_AHEAD = 256;
/** Setting a child up costs six times what a small query does, so work may go first, but not for ever. */
const MOST_PASSED = 64;

/** At most `parallel` children at work. A child is thrown away after any failure. */
export function openPool(program: URL, folder: string, parallel: number): Pool {
  const slots: Slot[] = [];
  const queue: Queued[] = [];
  let closed = false;

  function pump(): void {
    while (queue.length > 0) {
      for (const dead of slots.filter(({ busy, child }) => !busy && child.ended)) slots.splice(slots.indexOf(dead), 1);
      const next = choose(queue, slots, parallel);
      if (next === null) return;
      queue.splice(queue.indexOf(next.queued), 1);
      let slot = next.slot;
      if (slot === null) slots.push((slot = { child: new Child(program, folder), key: null, busy: false }));
      slot.busy = true;
      void perform(slot, next.queued);
    }
  }

  async function perform(slot: Slot, { work, resolve, reject }: Queued): Promise<void> {
    work.taken();
    try {
      if (slot.key !== work.key) {
        slot.key = null;
        await slot.child.request(work.open, OPEN_SECONDS);
        slot.key = work.key;
      }
      work.asked();
      resolve((await slot.child.request(work.run, work.seconds())) as never);
    } catch (error) {
      slot.child.kill();
      slots.splice(slots.indexOf(slot), 1);
      reject(error);
    } finally {
      slot.busy = false;
      pump();
    }
  }

  return {
    submit: (work) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the pool is closed'));
        queue.push({ work, resolve, reject, passed: 0 });
        pump();
      }),
    close() {
      closed = true;
      for (const { child } of slots) child.kill();
      for (const { reject } of queue.splice(0)) reject(new Error('the pool is closed'));
    },
  };
}

/** The next piece of work and the idle child for it (null: a new one), or null while all children are busy. */
function choose(queue: readonly Queued[], slots: readonly Slot[], parallel: number): { queued: Queued; slot: Slot | null } | null {
  const idle = slots.filter(({ busy }) => !busy);
  if (idle.length === 0 && slots.length >= parallel) return null;
  const first = queue[0]!;
  for (const queued of queue.slice(0, first.passed < MOST_PASSED ? LOOK_AHEAD : 1)) {
    const slot = idle.find(({ key }) => key === queued.work.key);
    if (slot === undefined) continue;
    if (queued !== first) first.passed += 1;
    return { queued, slot };
  }
  return { queued: first, slot: slots.length < parallel ? null : (idle[0] ?? null) };
}
