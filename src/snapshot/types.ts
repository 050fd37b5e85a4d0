/** What a DuckDB type is to a reader and to arithmetic; `other` is a type that Daybook does not know. */
export type Kind = 'integer' | 'decimal' | 'double' | 'boolean' | 'date' | 'timestamp' | 'time' | 'interval' | 'text' | 'binary' | 'nested' | 'other';

/** Every type that DuckDB 1.5 lists in duckdb_types(), by the name that DESCRIBE gives; a test compares the two. */
const KINDS: Record<string, Kind> = {
  TINYINT: 'integer', SMALLINT: 'integer', INTEGER: 'integer', BIGINT: 'integer', HUGEINT: 'integer',
  UTINYINT: 'integer', USMALLINT: 'integer', UINTEGER: 'integer', UBIGINT: 'integer', UHUGEINT: 'integer', BIGNUM: 'integer',
  DECIMAL: 'decimal',
  FLOAT: 'double', DOUBLE: 'double',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp', TIMESTAMP_S: 'timestamp', TIMESTAMP_MS: 'timestamp', TIMESTAMP_NS: 'timestamp', 'TIMESTAMP WITH TIME ZONE': 'timestamp',
  TIME: 'time', TIME_NS: 'time', 'TIME WITH TIME ZONE': 'time',
  INTERVAL: 'interval',
  VARCHAR: 'text', UUID: 'text', ENUM: 'text', BIT: 'text', TYPE: 'text', '"NULL"': 'text',
  BLOB: 'binary', GEOMETRY: 'binary',
  JSON: 'nested', VARIANT: 'nested', STRUCT: 'nested', MAP: 'nested', UNION: 'nested',
};

/** The kind of a type as DESCRIBE and the manifest write it, e.g. `DECIMAL(18,3)`, `VARCHAR[]`, `ENUM('a', 'b')`. */
export function kindOf(type: string): Kind {
  if (type.endsWith(']')) return 'nested';
  const name = /^(\w+)\(/.exec(type)?.[1] ?? type;
  return Object.hasOwn(KINDS, name) ? KINDS[name]! : 'other';
}

/** Integers, decimals and doubles. @param type as DESCRIBE and the manifest write it */
export function isNumeric(type: string): boolean {
  const kind = kindOf(type);
  return kind === 'integer' || kind === 'decimal' || kind === 'double';
}

/** Digits after the point of a `DECIMAL(width,scale)`; 0 for every other type. */
export function scaleOf(type: string): number {
  return Number(/^DECIMAL\(\d+,\s*(\d+)\)$/.exec(type)?.[1] ?? 0);
}
