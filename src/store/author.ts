import { gitCommands, gitEnvironment } from './git.ts';

const LONGEST = 200;

/** The address of the person who works here, as they have told it to Git; null where they have not, or there is no Git. */
export async function authorAddress(root: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const said = env['GIT_AUTHOR_EMAIL'] ?? (await gitCommands({ cwd: root, env: gitEnvironment(env) }).raw(['config', '--get', 'user.email']).catch(() => ''));
  const address = said.trim();
  return address.length <= LONGEST && /^[^\s<>@]+@[^\s<>@]+$/.test(address) ? address : null;
}
