import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineConfig } from 'astro/config';

/**
 * The site is built from facts, JSON files that are written before (src/analysis/facts/facts.ts).
 *
 *   DAYBOOK_FACTS  their folder, absolute (default .daybook/site)
 *   DAYBOOK_ONLY   a JSON file with the ids of the reports whose pages to build (default: all)
 *   DAYBOOK_OUT    where the site is written (default dist)
 */
const { DAYBOOK_FACTS = '.daybook/site', DAYBOOK_ONLY = '', DAYBOOK_OUT = 'dist' } = process.env;
const facts = resolve(DAYBOOK_FACTS);
const site = join(facts, 'site.json');
// Without facts a type check still works; a page that asks for them throws.
const url = existsSync(site) ? JSON.parse(readFileSync(site, 'utf8')).url : null;

export default defineConfig({
  srcDir: './src/site',
  publicDir: './src/site/public',
  outDir: resolve(DAYBOOK_OUT),
  cacheDir: '.daybook/astro',
  ...(url ? { site: new URL(url).origin, base: new URL(url).pathname } : {}),
  output: 'static',
  trailingSlash: 'always',
  devToolbar: { enabled: false },
  // The pages' content security policy refuses inline styles and scripts: neither may be inlined.
  // Lossless: the default drops spaces between words that stand on two lines.
  compressHTML: true,
  build: { format: 'directory', inlineStylesheets: 'never' },
  markdown: { syntaxHighlight: false },
  vite: {
    define: {
      'import.meta.env.DAYBOOK_FACTS': JSON.stringify(facts),
      'import.meta.env.DAYBOOK_ONLY': JSON.stringify(DAYBOOK_ONLY && resolve(DAYBOOK_ONLY)),
    },
    build: { assetsInlineLimit: 0 },
  },
});
