import { asked, type Connection } from './github-client.ts';
import type { Host } from './host.ts';

interface RunData {
  id: number | bigint;
  event: string;
  head_branch: string | null;
  head_sha: string;
  display_title: string;
  status: string | null;
  conclusion: string | null;
  created_at: string;
  run_started_at?: string;
}

/** What became of runs of workflows. */
export function runsOn({ client, place }: Connection): Pick<Host, 'isReplaced'> {
  return {
    isReplaced: (run, head) => asked(`read run ${run}`, async () => {
      const { data: own } = await client.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { ...place, run_id: run });
      if (own.status !== 'completed') return true;
      const { data: { default_branch: main } } = await client.request('GET /repos/{owner}/{repo}', place);
      // The newest come first. One that was started by hand is of the default branch, and its name says what it is about.
      const listed = await Promise.all([{ event: 'pull_request', head_sha: head }, { event: 'workflow_dispatch', branch: main }].map((which) => client.request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs', { ...place, workflow_id: own.workflow_id, ...which, per_page: 100 })));
      const isAbout = ({ event, head_sha: commit, head_branch: branch, display_title: title }: RunData): boolean => (event === 'workflow_dispatch' ? branch === main && title === head : commit === head);
      return listed.flatMap(({ data }) => data.workflow_runs).some((one) => isAbout(one) && one.conclusion !== 'action_required' && isLater(one, own));
    }),
  };
}

function isLater(one: RunData, own: RunData): boolean {
  const [its, ours] = [one, own].map(({ run_started_at: started, created_at: created }) => Date.parse(started ?? created)) as [number, number];
  return its > ours || (its === ours && one.id > own.id);
}
