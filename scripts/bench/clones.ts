import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { readLedger } from '../../src/store/history.ts';
import { openRepository } from '../../src/store/repository.ts';
import { doctor } from '../doctor.ts';
import { bringWhatPagesNeed } from '../instance/sparse.ts';
import { refresh } from '../refresh.ts';
import { verifyRepository } from '../verify.ts';
import type { World } from '../world/world.ts';
import { measure, type Measure } from './meter.ts';
import { sh, type StageBench } from './stage.ts';
import { dayOf, writePast } from './workload-history.ts';

const REPORTS = 200;
const ROWS = 20;
/** All but the snapshots: what the job writes it does not read. */
const SPARSE = "git sparse-checkout set --no-cone '/*' '!/snapshots/' && git checkout -q main";

/** A repository of years: what each way to clone it costs, and what runs in it. */
export const benchClones: StageBench = async ({ world, folder, snapshots }) => {
  const days = Math.ceil(snapshots / REPORTS);
  const measures: { name: string; measure: Measure }[] = [];
  const notes: string[] = [];
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const { value, measure: taken } = await measure(work);
    measures.push({ name, measure: taken });
    return value;
  };
  await sh(folder, 'mkdir past');
  await writePast(path.join(folder, 'past'), { reports: REPORTS, days, rows: ROWS });
  // As a host has it: packed, and ready to leave out what is not asked for.
  await sh(folder, 'git clone -q --bare --no-local past origin.git && rm -rf past && git -C origin.git gc -q && git -C origin.git config uploadpack.allowFilter true && git -C origin.git config uploadpack.allowAnySHA1InWant true');
  const origin = `file://${path.join(folder, 'origin.git')}`;
  notes.push(`origin: ${await sh(folder, 'du -sh origin.git | cut -f1')}`);

  const at = (name: string, day: number): World => ({
    ...world, root: path.join(folder, name), out: () => undefined, err: () => undefined, terminal: false, now: () => new Date(`${dayOf(day)}T07:00:00Z`),
    env: { ...world.env, GIT_TRACE2_EVENT: path.join(folder, `${name}.trace`) },
  });
  const job = async (name: string, day: number): Promise<void> => {
    const code = await refresh(at(name, day), [], { push: true, build: false, json: false });
    if (code !== 0) throw new Error(`refresh in ${name} ended with ${code}`);
    notes.push(`${name}: ${await fetches(path.join(folder, `${name}.trace`))} fetches, .git ${await sh(folder, `du -sh ${name}/.git | cut -f1`)}`);
  };
  await step('clone --depth=1 --filter=tree:0, without snapshots/', () => sh(folder, `git clone -q --depth=1 --filter=tree:0 --no-checkout ${origin} treeless && cd treeless && ${SPARSE}`));
  await step(`job of ${REPORTS} reports there, without a cache`, () => job('treeless', days));
  await sh(folder, `git clone -q --depth=1 --filter=tree:0 --no-checkout ${origin} cached && cd cached && ${SPARSE} && mv ../treeless/.daybook .`);
  await step('job there, .daybook restored', () => job('cached', days + 1));
  await step('clone --filter=blob:none, without snapshots/', () => sh(folder, `git clone -q --filter=blob:none --no-checkout ${origin} blobless && cd blobless && ${SPARSE}`));
  await step('what pages need, brought there', () => bringWhatPagesNeed(at('blobless', days)));
  notes.push(`blobless: ${await fetches(path.join(folder, 'blobless.trace'))} fetches, .git ${await sh(folder, 'du -sh blobless/.git | cut -f1')}`);
  await step('whole clone, checked out', () => sh(folder, `git clone -q ${origin} whole`));
  await step('job in the whole clone, without a cache', () => job('whole', days + 2));
  const whole = at('whole', days + 2);
  const repository = await openRepository(whole.root, world.env);
  await rm(path.join(whole.root, '.daybook'), { recursive: true });
  await step('ledger read', () => readLedger(repository, 'HEAD'));
  await step('doctor', () => doctor(whole, { json: true }));
  await step('verify', async () => {
    const code = await verifyRepository(whole, '.', { since: [], key: [], unanchored: true, json: true });
    if (code !== 0) throw new Error(`verify ended with ${code}`);
  });
  const [sparse, full] = [1, 6].map((index) => measures[index]!.measure.seconds);
  return {
    stage: 'clones', what: `${2 * REPORTS * days} snapshot files of ${REPORTS} reports, ${days} ledger entries`, measures,
    figure: { name: 'job in a treeless clone ÷ in a whole one', value: sparse! / full!, aim: 1.5, unit: '×' }, notes,
  };
};

/** Requests for objects, as Git's own trace has them. */
async function fetches(trace: string): Promise<number> {
  const text = await readFile(trace, 'utf8');
  await rm(trace);
  return text.split('\n').filter((line) => line.includes('"event":"start"') && /"fetch-pack"|"fetch"/.test(line)).length;
}
