import { asked, unlessMissing, type Connection } from './github-client.ts';
import type { Host } from './host.ts';

type Content = Pick<Host, 'tipOf' | 'mergeBase' | 'entriesAt' | 'textOf'>;

const LINK = '120000';

/** What the host has of Git: branches, commits and files, of which the job’s own checkout may have none. */
export function contentOn({ client, place }: Connection): Content {
  return {
    tipOf: (branch) => asked(`look for the branch ${branch}`, async () => {
      const found = await unlessMissing(client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...place, ref: `heads/${branch}` }), null);
      return found && found.data.object.sha;
    }),
    mergeBase: (one, other) => asked(`compare ${one} with ${other}`, async () => {
      const found = await unlessMissing(client.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...place, basehead: `${one}...${other}`, per_page: 1 }), null);
      return found && found.data.merge_base_commit.sha;
    }),
    entriesAt: (commit, folder) => asked(`list the files of ${commit}`, async () => {
      let id: string | undefined = commit;
      for (const name of folder.split('/').filter(Boolean)) id = id && (await entriesOf(id)).get(name);
      return id === undefined ? new Map() : entriesOf(id);
    }),
    textOf: (object) => asked(`read the file ${object}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { ...place, file_sha: object });
      return Buffer.from(data.content, 'base64').toString();
    }),
  };

  /** @param id of a folder or of a commit */
  async function entriesOf(id: string): Promise<Map<string, string>> {
    const { data } = await client.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', { ...place, tree_sha: id });
    return new Map(data.tree.filter(({ mode }) => mode !== LINK).map(({ path, sha }) => [path, sha]));
  }
}
