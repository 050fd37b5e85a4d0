import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withBanner } from '../../scripts/preview/banner.ts';
import { withPictures } from '../../scripts/preview/pictures.ts';
import { livePage } from '../../scripts/start/notice.ts';
import { DaybookError } from '../../src/error.ts';

/** As Astro writes a text of others into an attribute: quotes and ampersands alone are escaped. */
const inAttribute = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/** What a title may try: each place that something is put into after the page was drawn, and markup behind it. */
const TITLE = ['<div data-pictures></div>', '<div id="pictures-place" hidden></div>', '<main>', '<main id="content">', '<a class="skip" href="#">x</a>', '<body>', '</body>'].join('') + '<meta http-equiv=refresh content=0;url=https://evil.example>';
const HEAD = `<html><head><meta charset="utf-8"><meta name="description" content="${inAttribute(TITLE)}"><meta property="og:title" content="${inAttribute(TITLE)}"></head>`;
const PAGE = `${HEAD}<body><a class="skip" href="#content">Skip</a><main id="content" tabindex="-1"><div id="pictures-place" hidden></div></main></body></html>`;

test('what is put into a page goes where the page has room for it, whatever a title looks like', () => {
  const failed = new DaybookError('yaml-syntax', 'broken');
  const drawn = [
    withPictures(PAGE, '<section class="put"></section>'), withBanner(PAGE, '<section class="put"></section>'),
    livePage(PAGE, '/', '1', { problems: [failed], earlier: true, words: 'Some alone.' }),
  ];
  for (const html of drawn) {
    assert.ok(html.replace('<meta name="robots" content="noindex">', '').startsWith(HEAD), html);
    assert.match(html.slice(html.indexOf('<body>', html.indexOf('</head>'))), /^<body>.*(class="put"|class="notice failed")/s);
  }
});
