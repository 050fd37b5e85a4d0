import assert from 'node:assert/strict';
import { chmod, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { BASE, commit, daybook, git, refresh, report, write } from './instance.ts';
import { shared, stateOf } from './propose-fixture.ts';

const TOTALS = report('totals', 'select day, sum(orders) as orders from orders where day <= $as_of group by all');
const BRANCH = 'report/team-totals';

const hook = async (folder: string, name: string, script: string): Promise<void> => {
  await write(folder, { [name]: `#!/bin/sh\n${script}\n` });
  await chmod(path.join(folder, name), 0o755);
};

test('a new report goes to a branch of its own on origin, with its source, its data, its macro and nothing else', async (t) => {
  const { mine, bare, propose } = await shared(t, { 'notes.txt': 'one\ntwo\nthree\n', 'plan.txt': 'old\n' });
  await write(mine, {
    ...report('totals', 'select day, share(n, 2) as n from days where day <= $as_of'), 'reports/team/totals.md': 'Read it.\n',
    'queries/macros/share.sql': 'create macro share(part, whole) as part / nullif(whole, 0);\n', 'queries/macros/other.sql': 'create macro other(a) as a;\n',
    'queries/sources/days.yml': 'files: data/days-*.csv\n', 'data/days-1.csv': 'day,n\n2026-01-05,1\n', 'data/days-2.csv': 'day,n\n2026-01-06,1\n', 'data/else.csv': 'a\n1\n',
    ...report('draft', 'this is no sql'), 'notes.txt': 'ONE\ntwo\nthree\n', 'plan.txt': 'new\n',
  });
  await write(mine, { 'reports/team/totals.yml': String(TOTALS['reports/team/totals.yml']).replace('[orders]', '[days]') });
  // A file that is staged in part, one that is staged whole, one that is staged and new.
  await git(mine, 'add', 'notes.txt', 'plan.txt', 'data/else.csv');
  await write(mine, { 'notes.txt': 'ONE\ntwo\nTHREE\n' });
  const before = [await git(mine, 'diff', '--cached'), await git(mine, 'diff')];

  const said = await propose(['totals']);
  assert.equal(said.code, 0, said.text);
  const files = ['data/days-1.csv', 'data/days-2.csv', 'queries/macros/share.sql', 'queries/sources/days.yml', 'queries/team/totals.sql', 'reports/team/totals.md', 'reports/team/totals.yml'];
  assert.equal(said.text, `proposing on a new branch ${BRANCH}, from main of origin:\n${files.map((file) => `  added ${file}\n`).join('')}origin has the branch ${BRANCH}\nOpen the pull request on the Git host, if it is not open yet.\nYou are on the branch ${BRANCH} now. What you change here, \`npx daybook propose\` adds; \`git switch main\` goes back.\n`);
  assert.deepEqual((await git(bare, 'diff', '--name-only', 'main', BRANCH)).split('\n'), files);
  assert.equal(await git(bare, 'log', '--format=%an <%ae>|%B', `main..${BRANCH}`), 'Eve Example <eve@example.org>|Add report team/totals\n\nteam/totals: Report totals\n');
  assert.deepEqual([await git(mine, 'branch', '--show-current'), await git(mine, 'rev-parse', '--abbrev-ref', '@{upstream}')], [BRANCH, `origin/${BRANCH}`]);
  assert.deepEqual([await git(mine, 'diff', '--cached'), await git(mine, 'diff')], before);
  assert.match(await git(mine, 'status', '--porcelain', '-uall'), /\?\? queries\/macros\/other\.sql\n\?\? queries\/team\/draft\.sql\n\?\? reports\/team\/draft\.yml$/);

  // A second run brings it up to date, also where something goes back to how it was; another has nothing to add.
  await write(mine, { 'queries/team/totals.sql': 'select day, n from days where day <= $as_of\n' });
  assert.match((await propose(['totals'])).text, /^proposing on the branch report\/team-totals:\n {2}changed queries\/team\/totals\.sql\norigin has/);
  assert.equal(await git(bare, 'log', '--format=%s', `main..${BRANCH}`), 'Change report team/totals\nAdd report team/totals');
  await rm(path.join(mine, 'reports/team/totals.md'));
  assert.match((await propose(['totals'])).text, /:\n {2}deleted reports\/team\/totals\.md\norigin has/);
  assert.match((await propose(['totals'])).text, /all of it is committed already\norigin has/);
  assert.equal(await git(bare, 'rev-list', '--count', `main..${BRANCH}`), '3');
  assert.deepEqual([await git(mine, 'diff', '--cached'), await git(mine, 'diff')], before);
});

test('after the merge, main is pulled without a conflict, and the next proposal is a new one', async (t) => {
  const { mine, bare, propose } = await shared(t);
  await write(mine, { ...TOTALS, 'queries/team/good.sql': 'select day, region, orders from orders where day < $as_of\n', 'daybook.yml': `${String(BASE['daybook.yml'])}# mine\n` });
  const said = await propose();
  assert.match(said.text, /not proposed: daybook\.yml, which differs too/);
  await git(mine, 'checkout', '-q', 'daybook.yml');
  assert.match(said.text, /new branch report\/team-good-and-1-more[^]*changed queries\/team\/good\.sql\n {2}added queries\/team\/totals\.sql\n {2}added reports\/team\/totals\.yml/);
  assert.match(await git(bare, 'log', '-1', '--format=%B', 'report/team-good-and-1-more'), /^Change and add 2 reports\n\nteam\/good: Report good\nteam\/totals: Report totals\n/);
  const other = path.join(mine, '../other');
  await git(mine, 'clone', '-q', bare, other);
  await git(other, 'merge', '-q', '--no-ff', '-m', 'Merge', 'origin/report/team-good-and-1-more');
  await git(other, 'push', '-q', 'origin', 'main');

  assert.equal((await propose()).text, 'Nothing to propose: reports/ and queries/ are as on main of origin.\n');
  await git(mine, 'switch', '-q', 'main');
  await git(mine, 'pull', '-q', '--ff-only');
  assert.equal(await git(mine, 'status', '--porcelain'), '');
  assert.equal((await propose(['totals'])).text, 'Nothing to propose: totals is as on main of origin.\n');

  // Its old name is taken, by its own last branch; a report that is gone is proposed too.
  await rm(path.join(mine, 'reports/team/totals.yml'));
  await rm(path.join(mine, 'queries/team/totals.sql'));
  assert.match((await propose(['totals'])).text, /new branch report\/team-totals, .*\n {2}deleted queries\/team\/totals\.sql\n {2}deleted reports\/team\/totals\.yml\n/);
  assert.equal(await git(bare, 'log', '-1', '--format=%s', BRANCH), 'Remove report team/totals');
});

test('snapshots of a local refresh stay on main; what others have pushed meanwhile is no part of it', async (t) => {
  const { mine, bare, propose } = await shared(t);
  assert.equal((await refresh(mine)).kept.length, 1);
  const local = await git(mine, 'rev-parse', 'main');
  const other = path.join(mine, '../other');
  await git(mine, 'clone', '-q', bare, other);
  await write(other, { 'reports/team/good.yml': `${String(BASE['reports/team/good.yml'])}# theirs\n`, 'notes.txt': 'the same\n' });
  await commit(other);
  await git(other, 'push', '-q');
  await write(mine, { ...TOTALS, 'notes.txt': 'the same\n' });
  // Git would take what is staged along, but not bring it back.
  await git(mine, 'add', 'notes.txt');
  assert.match((await propose()).text, /notes\.txt is staged here, and origin has changed it since/);
  await git(mine, 'rm', '-q', '--cached', 'notes.txt');
  await rm(path.join(mine, 'notes.txt'));
  const said = await propose();
  assert.equal(said.code, 0, said.text);
  assert.equal(await git(bare, 'diff', '--name-only', `main...${BRANCH}`), 'queries/team/totals.sql\nreports/team/totals.yml');
  assert.deepEqual([await git(bare, 'rev-parse', `${BRANCH}~`), await git(mine, 'rev-parse', 'main')], [await git(bare, 'rev-parse', 'main'), local]);

  // The same file here and there: Git would lose one of them.
  await git(mine, 'switch', '-q', 'main');
  await write(mine, { 'reports/team/good.yml': `${String(BASE['reports/team/good.yml'])}# mine\n` });
  for (const stage of [false, true]) {
    if (stage) await git(mine, 'add', 'reports/team/good.yml');
    const before = await stateOf(mine);
    const refused = await propose();
    assert.equal(refused.code, 2, refused.text);
    assert.match(refused.text, /good\.yml[^]*→ Nothing was changed\. Bring what is new on origin first: `git stash --include-untracked`, `git pull`, `git stash pop`; then run this again\. \[git-failed\]/);
    assert.deepEqual(await stateOf(mine), before);
  }
  await git(mine, 'commit', '-qam', 'Mine, on main');
  assert.match((await propose()).text, /good\.yml: main has commits of its own with this file\n {2}→ Give them a branch: `git switch -c my-report`/);
  await git(mine, 'switch', '-qc', 'my-report');
  assert.equal((await propose()).code, 0);
  assert.equal(await git(bare, 'rev-parse', 'my-report'), await git(mine, 'rev-parse', 'HEAD'));
});

test('a hook that refuses, a missing identity and a broken report leave all as it was', async (t) => {
  const { mine, bare, propose } = await shared(t, { 'notes.txt': 'one\n' });
  await write(mine, { ...TOTALS, 'notes.txt': 'two\n' });
  await git(mine, 'add', 'notes.txt', 'reports/team/totals.yml');
  await write(mine, { 'notes.txt': 'three\n' });
  const hooks = path.join(mine, '.git/hooks');
  const refuses = async (reason: RegExp, exit = 2): Promise<void> => {
    const before = await stateOf(mine);
    const said = await propose(['totals']);
    assert.deepEqual([said.code, await stateOf(mine)], [exit, before], said.text);
    assert.match(said.text, reason);
    assert.match(said.text, /\n {2}→ \S/);
    assert.equal(await git(bare, 'branch', '--list', 'report/*'), '');
  };
  await hook(hooks, 'pre-commit', 'echo "no \x1b[31mtabs" >&2; exit 1');
  await refuses(/no ␛\[31mtabs\n {2}→ Nothing was committed, and all is as before/);
  await hook(hooks, 'pre-commit', 'exit 1');
  await hook(hooks, 'post-checkout', 'exit 1');
  await refuses(/ended with exit code 1/);
  await git(mine, 'switch', '-qc', 'mine').catch(() => undefined);
  await refuses(/ended with exit code 1/);
  await git(mine, 'switch', '-q', 'main').catch(() => undefined);
  await rm(path.join(hooks, 'pre-commit'));
  await rm(path.join(hooks, 'post-checkout'));

  await git(mine, 'config', '--unset', 'user.email');
  await refuses(/Git does not know who you are: .*email[^]*git config --global user\.name/);
  await git(mine, 'config', 'user.email', 'eve@example.org');

  await write(mine, { 'queries/team/totals.sql': "select * from read_csv('/etc/passwd')\n" });
  await refuses(/queries\/team\/totals\.sql:1.*\[query-refused\]/s, 1);
  await write(mine, { ...TOTALS, '.git/info/exclude': 'totals.sql\n' });
  await refuses(/queries\/team\/totals\.sql: Git ignores this file, so the pull request would lack it/, 3);
  await write(mine, { '.git/info/exclude': '' });
  await git(mine, 'remote', 'set-url', 'origin', path.join(mine, '../absent.git'));
  await refuses(/absent\.git[^]*\[git-remote\]/);
  await git(mine, 'remote', 'remove', 'origin');
  await refuses(/There is no remote `origin`/);
  await git(mine, 'remote', 'add', 'origin', bare);
  await git(mine, 'checkout', '-q', '--detach');
  await refuses(/HEAD is detached/);
});

test('a source that others read is changed: what it breaks is told', async (t) => {
  const { mine, propose } = await shared(t);
  await write(mine, { ...report('draft', 'nonsense'), 'queries/macros/m.sql': 'create macro m(a) as a;\n' });
  assert.equal((await propose(['--dry-run'])).code, 1, 'the draft is named by nobody, so it is meant too');
  await rm(path.join(mine, 'queries/sources/orders.yml'));
  await rm(path.join(mine, 'reports/team/draft.yml'));
  for (const words of [[], ['good']]) {
    const said = await propose(words);
    assert.deepEqual([said.code, said.out], [1, '']);
    assert.match(said.err, /^reports\/team\/good\.yml:\d+.*no source "orders".*\n {2}→ .*\n$/);
  }
});

test('a push that origin refuses is made good by the next run; a branch that has moved there is not written over', async (t) => {
  const { mine, bare, propose } = await shared(t);
  await write(mine, TOTALS);
  await hook(path.join(bare, 'hooks'), 'pre-receive', 'echo "closed \x1b[2J today" >&2; exit 1');
  const refused = await propose();
  assert.equal(refused.code, 2);
  assert.match(refused.text, /closed ␛\[2J today[^]*→ The commit is on report\/team-totals here\. Put right what is said, then run this again/);
  const made = await git(mine, 'rev-parse', 'HEAD');
  await hook(path.join(bare, 'hooks'), 'pre-receive', 'echo "See:"; echo " https://git.example.org/merge?x=\x1b[1m"; exit 0');
  const again = await propose();
  assert.equal(again.code, 0, again.text);
  assert.match(again.text, /Open the pull request, if it is not open yet:\n {2}https:\/\/git\.example\.org\/merge\?x=␛\[1m\n$/);
  assert.equal(await git(bare, 'rev-parse', BRANCH), made);

  const other = path.join(mine, '../other');
  await git(mine, 'clone', '-q', '-b', BRANCH, bare, other);
  const theirs = await commit(other, 'Theirs');
  await git(other, 'push', '-q', 'origin', BRANCH);
  await write(mine, { 'reports/team/totals.md': 'More.\n' });
  const moved = await propose();
  assert.equal(moved.code, 2);
  assert.match(moved.text, /\(fetch first\)[^]*Somebody has pushed to that branch: `git pull --rebase origin report\/team-totals`/);
  assert.equal(await git(bare, 'rev-parse', BRANCH), theirs);
  await git(mine, 'pull', '-q', '--rebase', 'origin', BRANCH);
  assert.equal((await propose()).code, 0);
  assert.equal(await git(bare, 'rev-list', '--count', `main..${BRANCH}`), '3');
});

test('names that are taken, here or there, stay whose they are', async (t) => {
  const { mine, bare, propose } = await shared(t);
  await git(bare, 'branch', BRANCH, 'main');
  await git(mine, 'branch', `${BRANCH}-2/deep`);
  await write(mine, TOTALS);
  await git(mine, 'fetch', '-q');
  const before = await stateOf(mine);
  assert.match((await propose(['--dry-run'])).text, /^would propose on a new branch report\/team-totals-3, from main of origin, as of the last fetch:\n {2}added .*\n {2}added .*\n {2}\| Add report team\/totals\n {2}\|\s*\n {2}\| team\/totals: Report totals\n$/);
  assert.deepEqual(await stateOf(mine), before);
  await git(mine, 'branch', '-D', `${BRANCH}-2/deep`);
  await git(bare, 'branch', '-D', BRANCH);
  await git(bare, 'branch', 'report', 'main');
  assert.match((await propose()).text, /new branch report-team-totals, [^]*origin has/);
});

test('a dry run needs no network where origin is known, and says as of when; one document says what was done', async (t) => {
  const { mine, bare, propose } = await shared(t);
  await write(mine, TOTALS);
  const documentOf = async (words: string[]): Promise<{ [key: string]: unknown }> => {
    const said = await propose([...words, '--json']);
    assert.deepEqual([said.code, said.err], [0, ''], said.text);
    return JSON.parse(said.out) as { [key: string]: unknown };
  };
  const message = 'Add report team/totals\n\nteam/totals: Report totals\n';
  const files = ['queries/team/totals.sql', 'reports/team/totals.yml'].map((file) => ({ path: file, change: 'added' }));
  const planned = { proposed: false, branch: BRANCH, is_new: true, base: 'main', remote: 'origin', as_of_last_fetch: true, files, message, commit: null, pull_request: null, open_at: [] };
  await git(mine, 'remote', 'set-url', 'origin', path.join(mine, '../absent.git'));
  assert.match((await propose(['--dry-run'])).text, /^would propose on a new branch report\/team-totals, from main of origin, as of the last fetch:\n/);
  assert.deepEqual(await documentOf(['--dry-run']), planned);
  await git(mine, 'remote', 'set-url', 'origin', bare);
  assert.deepEqual(await documentOf([]), { ...planned, proposed: true, as_of_last_fetch: false, commit: await git(bare, 'rev-parse', BRANCH) });
  await git(mine, 'switch', '-q', 'main');
  assert.deepEqual(await documentOf(['good']), { ...planned, branch: null, is_new: false, remote: null, as_of_last_fetch: false, files: [], message: null });

  // Of a clone that knows nothing of origin, origin is asked.
  for (const ref of (await git(mine, 'for-each-ref', '--format=%(refname)', 'refs/remotes')).split('\n')) await git(mine, 'update-ref', '--no-deref', '-d', ref);
  assert.match((await propose(['good', '--dry-run'])).text, /as on main of origin\.\n$/);
});

test('settings of the person’s own do not break it', async (t) => {
  const { mine, bare, propose } = await shared(t);
  const settings = { 'commit.verbose': 'true', 'commit.template': '/absent', 'core.commentChar': 'A', 'commit.cleanup': 'strip', 'core.editor': 'false', 'diff.noprefix': 'true', 'diff.external': 'false', 'status.short': 'true', 'color.ui': 'always', 'push.default': 'nothing', 'push.followTags': 'true', 'branch.autoSetupMerge': 'always', 'core.quotePath': 'true', 'i18n.commitEncoding': 'latin1', 'submodule.recurse': 'true', 'diff.ignoreSubmodules': 'all', 'diff.relative': 'true', 'core.excludesFile': '/absent', 'checkout.guess': 'true' };
  for (const [name, value] of Object.entries(settings)) await git(mine, 'config', name, value);
  await write(mine, { ...TOTALS, 'reports/team/totals.yml': String(TOTALS['reports/team/totals.yml']).replace('Report totals', '"Añb\\n\\n# x ☃ \\u202e\\0"') });
  const said = await propose();
  assert.equal(said.code, 0, said.text);
  assert.equal(await git(bare, 'log', '-1', '--format=%B', BRANCH), 'Add report team/totals\n\nteam/totals: Añb # x ☃ \ufffd␀\n');
});

test('an instance in a folder of a repository', async (t) => {
  const { mine, bare } = await shared(t);
  await git(mine, 'mv', '-k', 'daybook.yml', 'reports', 'queries', 'data', '.gitignore', '.');
  await write(mine, Object.fromEntries(Object.entries({ ...BASE }).map(([file, text]) => [`sub/${file}`, text])));
  await commit(mine);
  await git(mine, 'push', '-q');
  await write(path.join(mine, 'sub'), TOTALS);
  await write(mine, { 'reports/team/outer.yml': 'x' });
  const said = await daybook(path.join(mine, 'sub'), ['propose']);
  assert.equal(said.code, 0, said.text);
  assert.equal(await git(bare, 'diff', '--name-only', 'main', BRANCH), 'sub/queries/team/totals.sql\nsub/reports/team/totals.yml');
});

test('new --propose goes from a data file to a branch on origin in one go', async (t) => {
  const { mine, bare } = await shared(t);
  await write(mine, { 'data/shop.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const words = ['new', 'team/shop', '--data', 'data/shop.csv', '--owner', 'eve@example.org', '--propose'];
  const said = await daybook(mine, words);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /wrote reports\/team\/shop\.yml\n[^]*proposing on a new branch report\/team-shop/);
  assert.doesNotMatch(said.out, /Next:/);
  assert.equal(await git(bare, 'diff', '--name-only', 'main', 'report/team-shop'), 'data/shop.csv\nqueries/sources/shop.yml\nqueries/team/shop.sql\nreports/team/shop.yml');
  assert.match(await readFile(path.join(mine, 'queries/team/shop.sql'), 'utf8'), /FROM shop/);
  assert.equal((await daybook(mine, [...words, '--dry-run'])).code, 3);
});

test('new and import with --propose say in one document what was made, and what came of the proposal', async (t) => {
  const { mine, bare } = await shared(t);
  const documentOf = async (code: number, ...words: string[]): Promise<{ [key: string]: unknown; proposal: { [key: string]: unknown } | null }> => {
    const said = await daybook(mine, [...words, '--owner', 'eve@example.org', '--propose', '--json']);
    assert.equal(said.code, code, said.text);
    return JSON.parse(said.out) as { proposal: null };
  };
  await write(mine, { 'data/shop.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const made = await documentOf(0, 'new', 'team/shop', '--data', 'data/shop.csv', '--yes');
  assert.deepEqual([made['report'], made['rows'], made.proposal?.['branch'], made.proposal?.['commit']], ['team/shop', 2, 'report/team-shop', await git(bare, 'rev-parse', 'report/team-shop')]);
  await git(mine, 'switch', '-q', 'main');
  await write(path.join(mine, '..'), { 'elsewhere/days.sql': '-- Orders of each day\nselect day, sum(orders) as orders from orders group by day\n' });
  const words = ['import', '../elsewhere', '--team', 'team', '--yes'];
  const imported = await documentOf(0, ...words);
  assert.deepEqual([imported['counts'], imported.proposal?.['branch']], [{ imported: 1, decide: 0, present: 0, missing: 0, failed: 0 }, 'report/team-days']);
  assert.equal((await documentOf(0, ...words)).proposal, null);
  // What was made is said, also where it cannot be proposed.
  await git(mine, 'switch', '-q', 'main');
  await git(mine, 'remote', 'set-url', 'origin', path.join(mine, '../absent.git'));
  await write(mine, { 'data/other.csv': 'day,n\n2026-01-05,1\n2026-01-06,2\n' });
  const alone = await documentOf(2, 'new', 'team/other', '--data', 'data/other.csv', '--yes');
  assert.deepEqual([alone['report'], alone.proposal], ['team/other', null]);
});
