import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { schemaFiles } from '../../scripts/generate.ts';

const root = path.resolve(import.meta.dirname, '../..');

function tracked(): string[] {
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8 }).split('\0').filter((file) => file !== '' && existsSync(path.join(root, file)));
}

/** What must not stand in a repository that anybody may clone. */
const FORBIDDEN: [string, RegExp][] = [
  ['a home folder', /\/(?:home|Users)\/[a-z][a-z0-9_-]*\/|\/root\/\w/],
  ['a registry’s address', /https?:\/\/registry\.|https?:\/\/[a-z0-9.-]*npmjs\.(?:org|com)\//],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a token', /\b(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{20,}|\bAKIA[0-9A-Z]{16}\b/],
];

test('no machine path, registry address or secret is committed', { skip: existsSync(path.join(root, '.git')) ? false : 'not a Git checkout' }, () => {
  for (const file of tracked()) {
    const bytes = readFileSync(path.join(root, file));
    if (file === 'tests/unit/repository.test.ts' || bytes.includes(0)) continue;
    const text = bytes.toString();
    for (const [what, pattern] of FORBIDDEN) assert.doesNotMatch(text, pattern, `${file} holds ${what}`);
    assert.ok(!text.includes(root + path.sep) || root.length < 4, `${file} holds this checkout’s path`);
  }
});

test('the lock file names no address and is complete for every platform', () => {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as { packages: { [at: string]: { resolved?: string; optionalDependencies?: object } } };
  for (const [at, entry] of Object.entries(packages)) {
    assert.equal(entry.resolved, undefined, `${at} names where it came from`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const found = Object.hasOwn(packages, `${at}/node_modules/${name}`) || Object.hasOwn(packages, `node_modules/${name}`);
      assert.ok(found, `${at} wants ${name}, which is not in the lock file: npm ci would fail on another platform`);
    }
  }
});

test('the JSON Schemas that editors use are those of the schema', () => {
  for (const [file, text] of Object.entries(schemaFiles())) assert.equal(readFileSync(path.join(root, file), 'utf8'), text, `${file}: run npm run generate`);
  // New files are completed too, before anybody has written which schema they follow.
  const { 'yaml.schemas': mapped } = JSON.parse(readFileSync(path.join(root, '.vscode/settings.json'), 'utf8')) as { 'yaml.schemas': { [file: string]: string } };
  assert.deepEqual(Object.keys(mapped).sort(), Object.keys(schemaFiles()).map((file) => `./${file}`).sort());
});
