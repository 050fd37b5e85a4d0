#!/usr/bin/env node
/*
 * Writes github-openapi.json: of GitHub's own description of its REST API, the requests that Daybook makes. The whole
 * unpacks to 385 MB, so it is no dependency. After a new request in src/review, or for a newer description:
 *
 *   npm pack @octokit/openapi@23.0.2
 *   tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
 *   node tests/contract/prune.ts package/generated/api.github.com.json
 *
 * Texts and examples are left out; nothing that decides whether a request or an answer fits.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { routesInUse } from './routes.ts';

interface Json {
  [key: string]: unknown;
}

interface Whole {
  openapi: string;
  info: { version: string; license: unknown };
  paths: { [template: string]: { [method: string]: Json } };
  components: { [kind: string]: { [name: string]: unknown } };
}

const TEXTS = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'title', 'tags', 'operationId']);

/** Names of properties are not keys of the description: a label has a `description`. */
function bare(node: unknown, isName = false): unknown {
  if (Array.isArray(node)) return node.map((one) => bare(one));
  if (node === null || typeof node !== 'object') return node;
  const kept = Object.entries(node).filter(([key]) => isName || (!TEXTS.has(key) && !key.startsWith('x-')));
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value, !isName && key === 'properties')]));
}

function referencesIn(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return [];
  const own = (node as Json)['$ref'];
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(node).flatMap(referencesIn)];
}

const [, , from] = process.argv;
if (from === undefined) throw new Error('name the file api.github.com.json of @octokit/openapi');
const whole = JSON.parse(await readFile(from, 'utf8')) as Whole;

const paths: Whole['paths'] = {};
for (const route of await routesInUse()) {
  const [method = '', template = ''] = route.split(' ');
  const operation = whole.paths[template]?.[method.toLowerCase()];
  if (!operation) throw new Error(`GitHub describes no ${route}`);
  const { parameters, requestBody, responses } = operation;
  paths[template] = { ...paths[template], [method.toLowerCase()]: bare({ parameters, requestBody, responses }) as Json };
}

const components: Whole['components'] = {};
const waiting = referencesIn(paths);
for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
  const [, , kind = '', name = ''] = next.split('/');
  if (components[kind]?.[name] !== undefined) continue;
  const found = bare(whole.components[kind]![name]);
  (components[kind] ??= {})[name] = found;
  waiting.push(...referencesIn(found));
}

const sorted = (object: { [key: string]: unknown }): object => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
const subset = {
  openapi: whole.openapi,
  info: { title: 'A part of GitHub’s description of its REST API, made by tests/contract/prune.ts', version: whole.info.version, license: whole.info.license },
  paths: sorted(paths),
  components: sorted(Object.fromEntries(Object.entries(components).map(([kind, named]) => [kind, sorted(named)]))),
};
// A line a request and a component, so that a newer description reads as a difference.
const text = JSON.stringify(subset, null, 1).replaceAll(/\n {4,}/g, '').replaceAll(/\n {3}([}\]])/g, '$1');
await writeFile(path.join(import.meta.dirname, 'github-openapi.json'), `${text}\n`);
