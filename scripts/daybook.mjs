#!/usr/bin/env node
import module from 'node:module';
import path from 'node:path';

// Not TypeScript, which Node would have to load its reader for: all else comes compiled from the cache. And imported at
// run time, since what the top of a file imports is compiled before its first line runs.
if (!process.features.typescript) {
  process.stderr.write(`Node ${process.versions.node} cannot run Daybook, which brings its own: run \`npx daybook\`, or an npm script of package.json.\n`);
  process.exit(3);
}
// Beside the packages, which belong to the same user: a folder for all users could be anybody's.
module.enableCompileCache(path.join(import.meta.dirname, '../node_modules/.cache/daybook'));
const { CANNOT_TELL, main } = await import('./cli/main.ts');
const { realWorld } = await import('./world/world.ts');

// A reader who has seen enough, as in `daybook show … | head`.
process.stdout.on('error', (cause) => {
  if (cause.code !== 'EPIPE') throw cause;
  process.exit();
});
try {
  process.exitCode = await main(process.argv.slice(2), realWorld);
} catch (bug) {
  // Node would end with 1, which says that a report failed and the others landed.
  process.stderr.write(`${bug instanceof Error ? bug.stack : String(bug)}\nThis is a bug in Daybook.\n`);
  process.exitCode = CANNOT_TELL;
}
