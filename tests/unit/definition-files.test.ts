import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Texts } from '../../src/report/files.ts';
import { loadDefinitions, problemsOf } from '../../src/report/load.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'daybook-texts-'));
after(() => rm(folder, { recursive: true, force: true }));
const root = path.join(folder, 'root');
for (const [file, text] of Object.entries({ 'a/x.sql': 'x\r\ny', 'a/b/y.sql': 'y', 'a/b/y.txt': '', 'c/z.sql': 'z', '../other/secret.sql': 'secret' })) {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), text);
}
for (const [link, to] of Object.entries({ 'a/same.sql': 'b/y.sql', 'a/far.sql': '../c/z.sql', 'a/out.sql': '../../other/secret.sql', 'a/in': 'b', 'a/away': '../../other', 'a/gone.sql': 'nowhere', 'a/round': 'round' })) await symlink(to, path.join(root, link));

const said = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a text is read from below its folder, links followed, and from nowhere else', () => {
  const texts = new Texts(root);
  const expected = {
    'a/x.sql': 'x\ny', 'a/b/y.sql': 'y', 'a/same.sql': 'y', 'a/in/y.sql': 'y',
    'a/gone.sql': null, 'a/none.sql': null, 'none/x.sql': null, 'a/x.sql/y.sql': null, 'a/b/../x.sql': null, 'a/x.sql/': null, 'a/': null,
    'c/z.sql': 'file-outside', 'a/far.sql': 'file-outside', 'a/out.sql': 'file-outside', 'a/away/secret.sql': 'file-outside',
    '../other/secret.sql': 'file-outside', '../../x': 'file-outside', '/etc/hosts': 'file-outside',
    'a/b': 'file-unreadable', 'a/round': 'file-unreadable', 'a/round/x.sql': 'file-unreadable',
  };
  for (const [file, text] of Object.entries(expected)) assert.equal(said(() => texts.read(file, 'a')), text, file);
  assert.equal(texts.read('c/z.sql', '.'), 'z');
});

test('files below a folder are listed in byte order, and what a link leads to is not', () => {
  const texts = new Texts(root);
  assert.deepEqual(texts.below('a', /\.sql$/), ['a/b/y.sql', 'a/far.sql', 'a/gone.sql', 'a/out.sql', 'a/same.sql', 'a/x.sql']);
  assert.deepEqual(texts.below('a/in', /\.sql$/), ['a/in/y.sql'], 'asked for by its name, it is');
  assert.deepEqual([texts.folderLinks('a'), texts.folderLinks('none')], [['a/away', 'a/in'], []]);
  assert.deepEqual([texts.below('none', /x/), texts.below('a/x.sql', /x/)], [[], []]);
});

test('a root may be a link itself', async () => {
  await symlink('root', path.join(folder, 'link'));
  assert.equal(new Texts(path.join(folder, 'link')).read('a/x.sql', 'a'), 'x\ny');
});

test('definitions behind a link to a folder are not read, and that is told', async () => {
  await writeFile(path.join(root, 'daybook.yml'), 'title: T\ninstance: t\nteams: { a: { title: A } }\ngit: { name: a, email: a@x.example }\n');
  await mkdir(path.join(root, 'reports'));
  await symlink('../a', path.join(root, 'reports/team'));
  const problems = problemsOf(loadDefinitions(root)).map(({ place, message }) => [place.file, message]);
  assert.deepEqual(problems, [['reports/team', 'reports/team is a link to a folder, which is not followed']]);
});
