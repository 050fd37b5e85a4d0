import { InvalidArgumentError, type Command } from 'commander';
import { isOwner } from '../../src/review/codeowners.ts';
import { JOB_AUTHOR } from '../../src/review/comment.ts';
import { parseCount, type Finish } from './arguments.ts';

/** Commands that speak to the Git host. */
export function hostingCommands(program: Command, finish: Finish): void {
  program.command('comment')
    .description('tell a pull request what its review found: one comment and a check, as the workflow comment.yml runs it')
    .requiredOption('--review <path>', 'review.json, or the folder with it, as another job left it: nothing in it is trusted')
    .requiredOption('--head <commit>', 'the commit that the job was about, as the Git host says it', commit)
    .option('--as <login>', 'the account whose comment is brought up to date', JOB_AUTHOR)
    .option('--run <url>', 'the job’s page, where its files are', address)
    .option('--run-id <number>', 'the number of that job’s run on the Git host: where it left nothing, and a newer one is about the same commit, nothing is told', runNumber)
    .option('--preview <url>', 'the review’s page in a preview of the site', address)
    .addHelpText('after', `
Examples:
  npx daybook comment --review review --head 1f0c7a3e8f5d4b1b9c55e6d1f2a3b4c5d6e7f809

Exit codes: 0 told, or no open pull request has that commit, or a newer run tells of it; 2 there was no review to tell, or the host refused; 3 wrong use.`)
    .action(async (options) => finish(async (world) => (await import('../comment.ts')).comment(world, options)));

  program.command('publish-preview')
    .description('publish the preview of a pull request from a branch of this repository, as the workflow comment.yml runs it where the instance allows it')
    .requiredOption('--from <folder>', 'the preview, as another job left it: built with --preview-url preview/<number of the pull request>/')
    .requiredOption('--review <path>', 'review.json, or the folder with it, as the same job left it: it says which branch the change was compared with')
    .requiredOption('--head <commit>', 'the commit that the job was about, as the Git host says it', commit)
    .addHelpText('after', `
Examples:
  npx daybook publish-preview --from preview --review review --head 1f0c7a3e8f5d4b1b9c55e6d1f2a3b4c5d6e7f809

Exit codes: 0 published, and the address of its review is printed; or it is of no open pull request of this repository; 2 the preview or the host refused; 3 wrong use.`)
    .action(async (options) => finish(async (world) => (await import('../publish-preview.ts')).publishPreview(world, options)));

  program.command('lay-previews')
    .description('lay the site that is built and the previews of open pull requests into one folder, as the workflow refresh.yml publishes them')
    .requiredOption('--out <folder>', 'a new or empty folder')
    .addHelpText('after', `
Examples:
  npx daybook lay-previews --out pages

Exit codes: 0 laid; 2 the host or Git refused; 3 wrong use.`)
    .action(async (options) => finish(async (world) => (await import('../lay-previews.ts')).layPreviews(world, options)));

  program.command('provision')
    .description('set the repository on its Git host as Daybook needs it: rules of the default branch, code owners, labels, environments, Pages')
    .option('--dry-run', 'only say what would change', false)
    .option('--app <id>', 'the number of the app that lands snapshots: it alone passes by the rules, and these can then ask for pull requests', parseCount)
    .option('--admins <handles>', 'who reviews changes of settings, workflows and snapshots, as @me,@team/data', handles, [])
    .option('--approvals <number>', 'how many people have to approve a pull request: 0 to 10 (default: 1, or as many more as it is set to)', approvals)
    .addHelpText('after', `
Examples:
  npx daybook provision --dry-run
  npx daybook provision --app 123456 --admins @team/data

Exit codes: 0 all is as it should be; 1 with --dry-run, something differs; 2 the host refused something; 3 wrong use.`)
    .action(async (options) => finish(async (world) => (await import('../provision.ts')).provision(world, options)));
}

function commit(text: string): string {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) throw new InvalidArgumentError('write the full id of a commit');
  return text;
}

function runNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('write the number of a run, as in its address');
  return Number(text);
}

function address(text: string): string | undefined {
  if (text === '') return undefined;
  if (!URL.canParse(text) || !['https:', 'http:'].includes(new URL(text).protocol)) throw new InvalidArgumentError('write an address that begins with https://');
  return text;
}

function handles(text: string, before: string[]): string[] {
  const found = text.split(',').map((one) => one.trim()).filter(Boolean);
  for (const one of found) if (!isOwner(one)) throw new InvalidArgumentError(`“${one}” is neither a handle such as @team/data nor an address`);
  return [...before, ...found];
}

function approvals(text: string): number {
  if (!/^(?:\d|10)$/.test(text)) throw new InvalidArgumentError('write a number from 0 to 10');
  return Number(text);
}
