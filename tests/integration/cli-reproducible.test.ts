import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { BASE, BUILT, daybook, git, newInstance, spawnDaybook, tree, type Files } from './instance.ts';

const SCRIPT = '<script>globalThis.hit = 1</script><img src=x onerror="globalThis.hit = 1">';
const ARABIC = 'مرحبا \u202e\u2066بالعالم';
const FILE = `data/o'brien "2026" [a] ${ARABIC}.csv`;

/** Hostile and foreign text wherever a name or a value can stand. */
const HOSTILE: Files = {
  'daybook.yml': (BASE['daybook.yml'] as string).replace('title: Test', `title: ${JSON.stringify(`Türkçe İıŞş ${SCRIPT}`)}`).replace('title: Team', `title: ${JSON.stringify(`Team "a/b" ${ARABIC}`)}`),
  [FILE]: `"na""me","<b>/../ü","${ARABIC}",İ\n"=1+1,""q""",1.5,"${SCRIPT.replaceAll('"', '""')}",2026-01-05\n"../../etc/passwd",0.1,"${ARABIC}",2026-01-06\n"</td></table>",1e300,"I ı İ i ß ﬀ",2026-01-07\n`,
  'queries/sources/people.yml': `files: ${JSON.stringify(FILE)}\ndescription: ${JSON.stringify(SCRIPT)}\nurl: "https://example.org/?a=1&b=\\"2\\""\n`,
  'queries/team/names.sql': `select "na""me", "<b>/../ü" as "<b>/../ü", "${ARABIC}", "İ" as "day's" from people -- ${SCRIPT}\n`,
  'reports/team/names.yml': `title: ${JSON.stringify(`Names ${SCRIPT}`)}
team: team
owner: ${JSON.stringify(`${SCRIPT}@example.org`)}
description: ${JSON.stringify(`Description ${SCRIPT} ${ARABIC}`)}
sources: [people]
schedule: { cron: "0 6 * * *", timezone: Asia/Kathmandu }
key: ['na"me']
time: { column: "day's", period: day }
dimensions: { 'na"me': { label: ${JSON.stringify(SCRIPT)} } }
metrics:
  total: { label: ${JSON.stringify(`Total ${SCRIPT}`)}, value: 'sum("<b>/../ü")', unit: ${JSON.stringify(SCRIPT)} }
charts: [{ type: line, y: total, title: ${JSON.stringify(SCRIPT)} }]
`,
  'reports/team/names.md': `Narrative ${SCRIPT}\n\n[link](javascript:alert(1)) ![x](data:text/html,x) <a href="javascript:alert(1)">a</a>\n`,
};

const PLACES = [{ TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }, { TZ: 'America/St_Johns', LC_ALL: 'C', LANG: 'C' }];

test('the same inputs give the same bytes in any zone and locale, and text from data is text', async (t) => {
  const made = await Promise.all(PLACES.map(async (env) => {
    const root = await newInstance(t, HOSTILE, BUILT);
    const said = await spawnDaybook(root, ['refresh'], { env });
    assert.equal(said.code, 0, said.text);
    const folders = ['snapshots', '.daybook/site', 'dist'];
    return { root, commit: await git(root, 'rev-parse', 'HEAD'), trees: await Promise.all(folders.map((folder) => tree(path.join(root, folder)))) };
  }));
  const [one, two] = made as [(typeof made)[0], (typeof made)[0]];
  assert.equal(one.commit, two.commit);
  for (const [index, files] of one.trees.entries()) {
    assert.ok(files.size >= 4);
    assert.deepEqual([...two.trees[index]!.keys()], [...files.keys()]);
    for (const [file, content] of files) assert.ok(two.trees[index]!.get(file) === content, `${file} differs`);
  }

  const pages = [...one.trees[2]!].filter(([file]) => file.endsWith('.html'));
  assert.ok(pages.some(([, html]) => html.includes('&lt;script&gt;globalThis.hit')));
  for (const [file, latin1] of pages) {
    const { document } = parseHTML(Buffer.from(latin1, 'latin1').toString());
    const all = [...document.querySelectorAll('*')];
    assert.deepEqual(all.filter((element) => element.localName === 'script' && element.textContent !== '').map(({ outerHTML }) => outerHTML), [], file);
    assert.deepEqual(all.filter(({ attributes }) => [...attributes].some(({ name, value }) => name.startsWith('on') || /^\s*(javascript|data):/i.test(value))).map(({ outerHTML }) => outerHTML), [], file);
    assert.deepEqual(all.filter((element) => element.getAttribute('src') === 'x'), [], file);
  }
  const page = parseHTML(Buffer.from(one.trees[2]!.get('reports/team/names/index.html')!, 'latin1').toString()).document;
  assert.equal(page.querySelector('h1')!.textContent.trim(), `Names ${SCRIPT}`);
  const cells = [...page.querySelectorAll('td, th')].map((cell) => cell.textContent.trim());
  for (const text of ['=1+1', '../../etc/passwd', '</td></table>', SCRIPT, ARABIC.trim()]) assert.ok(cells.some((cell) => cell.includes(text)), text);

  const shown = await daybook(one.root, ['show', 'names']);
  assert.match(shown.out, /^team\/names@2026-01-08\.v1 /);
  const rows = await daybook(one.root, ['show', 'names@2026-01-08', '--rows']);
  assert.equal(rows.out.split('\n')[0], `"na""me",<b>/../ü,${ARABIC},day's`);
});
