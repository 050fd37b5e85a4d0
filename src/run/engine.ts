import manifest from '@duckdb/node-api/package.json' with { type: 'json' };

/**
 * The engine as every snapshot's inputs name it. Two threads give other sums of doubles from run to
 * run, and a zone other than UTC other dates, so both are part of the meaning of a result.
 */
export const ENGINE = {
  name: 'duckdb',
  version: manifest.version.replace(/-.*$/, ''),
  settings: { threads: 1, TimeZone: 'UTC' },
};

/** Of the package that brings the engine, which can change without its version: `1.5.5-r.5`. */
export const PACKAGE_VERSION = manifest.version;

/** Extensions are never fetched: what DuckDB's package has built in is what there is. */
export const NO_EXTENSIONS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

/** A text as SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
