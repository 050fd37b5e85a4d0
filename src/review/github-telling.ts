import { asked, unlessMissing, type Connection } from './github-client.ts';
import type { Annotation, Comment, Host } from './host.ts';

/** As many annotations as the host takes in one request. */
const BATCH = 50;

type Telling = Pick<Host, 'comments' | 'comment' | 'editComment' | 'deleteComment' | 'check' | 'dispatch'>;

/** What Daybook says on the host: comments, checks, and the start of a workflow. */
export function tellingOn({ client, place }: Connection): Telling {
  return {
    comments: (number) => asked(`list the comments of ${number}`, async () => {
      const all = await client.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...place, issue_number: number, per_page: 100 });
      return all.map(commentOf).sort((a, b) => a.id - b.id);
    }),
    comment: (number, body) => asked(`comment on ${number}`, async () => {
      const { data } = await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...place, issue_number: number, body });
      return commentOf(data);
    }),
    editComment: (id, body) => asked(`change comment ${id}`, () => unlessMissing(client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...place, comment_id: id, body }).then(() => true), false)),
    deleteComment: (id) => asked(`delete comment ${id}`, async () => {
      await unlessMissing(client.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...place, comment_id: id }), null);
    }),
    check: ({ name, commit, conclusion, title, summary, annotations, url }) => asked(`enter the check ${name} of commit ${commit}`, async () => {
      const outputWith = (from: number) => ({ title, summary, annotations: annotations.slice(from, from + BATCH).map(annotationOf) });
      // The verdict goes first: what fails afterwards takes no more than annotations from it.
      const { data } = await client.request('POST /repos/{owner}/{repo}/check-runs', { ...place, name, head_sha: commit, status: 'completed', conclusion, ...(url === null ? {} : { details_url: url }), output: outputWith(0) });
      for (let from = BATCH; from < annotations.length; from += BATCH) {
        await client.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', { ...place, check_run_id: data.id, output: outputWith(from) });
      }
    }),
    dispatch: (workflow, ref, inputs) => asked(`start ${workflow}`, () => unlessMissing(client.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', { ...place, workflow_id: workflow, ref, inputs }).then(() => true), false)),
  };
}

function commentOf({ id, user, body }: { id: number | bigint; user: { login: string } | null; body?: string }): Comment {
  return { id: Number(id), author: user?.login ?? null, body: body ?? '' };
}

function annotationOf({ path, line, column, title, message }: Annotation): { path: string; start_line: number; end_line: number; start_column?: number; end_column?: number; annotation_level: 'failure'; title: string; message: string } {
  return { path, start_line: line, end_line: line, ...(column === null ? {} : { start_column: column, end_column: column }), annotation_level: 'failure', title, message };
}
