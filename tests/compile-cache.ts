import { enableCompileCache } from 'node:module';
import path from 'node:path';

/*
 * Loaded before each test file. Each is a process, and starts others: compiling the same modules in each of them took more than a
 * quarter of all processor time. As the command line does, they keep what is compiled beside the packages.
 */
const folder = path.join(import.meta.dirname, '../node_modules/.cache/daybook');
enableCompileCache(folder);
process.env['NODE_COMPILE_CACHE'] ??= folder;
