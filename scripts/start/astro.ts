import { build, type AstroPrerenderer } from 'astro';
import type { PageRequest, PageResponse, Settings } from './pages.ts';

/*
 * The program of the process that draws pages for `daybook start`. It is Astro's build, which stops where pages would be written
 * and draws each when it is asked for: the same code, styles and scripts as those of a site that is published.
 */

/** Astro's own has besides its interface what it knows of paths, kept for one build. */
type Prerenderer = AstroPrerenderer & { app: { routeCache: { clearAll(): void } } };
type PathWithRoute = Awaited<ReturnType<Prerenderer['getStaticPaths']>>[number];

const settings = JSON.parse(process.argv[2]!) as Settings;
// The one who asked is gone: nobody would end this process.
process.on('disconnect', () => process.exit());

await build({
  root: settings.root, outDir: settings.out, base: settings.base, logLevel: 'silent',
  vite: { define: { 'import.meta.env.DAYBOOK_FACTS': JSON.stringify(settings.facts), 'import.meta.env.DAYBOOK_LIVE': 'true' } },
  integrations: [{
    name: 'daybook-start',
    hooks: { 'astro:build:start': ({ setPrerenderer }) => setPrerenderer((prerenderer) => ({ ...prerenderer, getStaticPaths: () => drawPages(prerenderer as Prerenderer) })) },
  }],
});

/** Answers for as long as the process lives: Astro waits for paths and removes its own code after. */
function drawPages(prerenderer: Prerenderer): Promise<never> {
  let known = -1;
  let routes = new Map<string, PathWithRoute>();
  let turn: Promise<unknown> = Promise.resolve();

  async function draw({ path, version }: PageRequest): Promise<string | null> {
    if (version !== known) {
      prerenderer.app.routeCache.clearAll();
      routes = new Map((await prerenderer.getStaticPaths()).map((one) => [plain(one.pathname), one]));
      known = version;
    }
    const found = routes.get(plain(path));
    if (!found) return null;
    const address = new URL(`${settings.base}${plain(path)}/`.replace(/\/{2,}/g, '/'), 'http://localhost');
    const rendered = await prerenderer.render(new Request(address), { routeData: found.route });
    return (rendered instanceof Response ? rendered : rendered.response).text();
  }

  async function answer(asked: PageRequest): Promise<void> {
    const drawn = await draw(asked).then((html) => ({ html }), (cause: unknown) => ({ html: null, failed: cause instanceof Error ? cause.message : String(cause) }));
    process.send!({ id: asked.id, ...drawn } satisfies PageResponse);
  }

  process.on('message', (asked: PageRequest) => {
    turn = turn.then(() => answer(asked));
  });
  process.send!({ id: 0, html: null } satisfies PageResponse);
  return new Promise(() => undefined);
}

function plain(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
