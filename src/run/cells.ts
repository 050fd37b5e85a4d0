import { createRequire } from 'node:module';
import {
  DuckDBDateValue, DuckDBTypeId, type DuckDBArrayValue, type DuckDBBlobValue, type DuckDBGeometryValue,
  type DuckDBListValue, type DuckDBMapValue, type DuckDBStructType, type DuckDBStructValue,
  type DuckDBTimestampMillisecondsValue, type DuckDBTimestampNanosecondsValue, type DuckDBTimestampSecondsValue, type DuckDBTimestampTZValue,
  type DuckDBTimestampValue, type DuckDBType, type DuckDBUnionValue, type DuckDBValue, type DuckDBVariantValue,
} from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import { instantWriter, remember } from './instant.ts';

/** The driver's decoder of strings drops a byte order mark in front of a value; a kept value is kept whole. */
const accessors = createRequire(import.meta.url)('@duckdb/node-api/lib/vectors/dataAccessors.js') as { textDecoder: TextDecoder };
accessors.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of a value that is not NULL, as the kept rows write it (see design.md, "Rows"). */
type CellText = (value: never) => string;

/**
 * The one table of DuckDB's types: how each is written. DuckDB reads every text back as the same value, except that
 * UNION and VARIANT lose their tag's type.
 * @throws `result-column` for a type that has no text.
 */
export function cellText(type: DuckDBType): (value: DuckDBValue) => string {
  return textOf(type) as (value: DuckDBValue) => string;
}

function textOf(type: DuckDBType): CellText {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.TINYINT: case DuckDBTypeId.SMALLINT: case DuckDBTypeId.INTEGER: case DuckDBTypeId.BIGINT: case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UTINYINT: case DuckDBTypeId.USMALLINT: case DuckDBTypeId.UINTEGER: case DuckDBTypeId.UBIGINT: case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.BIGNUM: case DuckDBTypeId.DECIMAL: case DuckDBTypeId.UUID: case DuckDBTypeId.BIT:
    case DuckDBTypeId.TIME: case DuckDBTypeId.TIME_NS: case DuckDBTypeId.TIME_TZ: case DuckDBTypeId.INTERVAL:
    case DuckDBTypeId.SQLNULL:
      return String;
    case DuckDBTypeId.VARCHAR: case DuckDBTypeId.ENUM:
      return (value: string) => value;
    case DuckDBTypeId.DOUBLE: return doubleText;
    case DuckDBTypeId.FLOAT: return floatText;
    case DuckDBTypeId.DATE: return dateText();
    case DuckDBTypeId.TIMESTAMP: case DuckDBTypeId.TIMESTAMP_TZ: return timestampText(1_000_000n, ({ micros }: DuckDBTimestampValue | DuckDBTimestampTZValue) => micros);
    case DuckDBTypeId.TIMESTAMP_S: return timestampText(1n, ({ seconds }: DuckDBTimestampSecondsValue) => seconds);
    case DuckDBTypeId.TIMESTAMP_MS: return timestampText(1_000n, ({ millis }: DuckDBTimestampMillisecondsValue) => millis);
    case DuckDBTypeId.TIMESTAMP_NS: return timestampText(1_000_000_000n, ({ nanos }: DuckDBTimestampNanosecondsValue) => nanos);
    case DuckDBTypeId.BLOB: case DuckDBTypeId.GEOMETRY: return bytesText;
    case DuckDBTypeId.LIST: case DuckDBTypeId.ARRAY: case DuckDBTypeId.STRUCT: case DuckDBTypeId.MAP: case DuckDBTypeId.UNION: case DuckDBTypeId.VARIANT:
      return jsonText(type);
    case DuckDBTypeId.ANY: case DuckDBTypeId.STRING_LITERAL: case DuckDBTypeId.INTEGER_LITERAL:
      throw new DaybookError('result-column', `a column has the type ${String(type)}, which is not the type of any value`, {}, 'Cast the column in the query.');
  }
}

/** Shortest text that reads back as the same double; there is one zero. */
function doubleText(value: number): string {
  return String(value);
}

/** Shortest text that reads back as the same 32-bit float: nine digits always do. */
function floatText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

/** The driver's own isFinite crosses into native code for each value. */
const INFINITE_DAYS = DuckDBDateValue.PosInf.days;

function dateText(): CellText {
  const text = remember((days) => String(new DuckDBDateValue(days)));
  return ({ days }: DuckDBDateValue) => (Math.abs(days) < INFINITE_DAYS ? text(days) : days > 0 ? 'infinity' : '-infinity');
}

/** What has no four-digit year (infinity, years BC) stays as DuckDB writes it. */
function timestampText(unit: bigint, countOf: (value: never) => bigint): CellText {
  const instant = instantWriter(unit);
  return (value) => instant(countOf(value)) ?? String(value);
}

function bytesText({ bytes }: DuckDBBlobValue | DuckDBGeometryValue): string {
  return Buffer.from(bytes).toString('hex').toUpperCase().replace(/../g, '\\x$&');
}

/** JSON without spaces, keys in the order of the type. */
function jsonText(type: DuckDBType): CellText {
  switch (type.typeId) {
    case DuckDBTypeId.LIST: case DuckDBTypeId.ARRAY: {
      const item = member(type.valueType);
      return ({ items }: DuckDBListValue | DuckDBArrayValue) => `[${items.map(item).join(',')}]`;
    }
    case DuckDBTypeId.STRUCT: return structText(type);
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type;
      const [key, value] = [cellText(keyType), member(valueType)];
      return ({ entries }: DuckDBMapValue) => `{${entries.map((entry) => `${JSON.stringify(key(entry.key))}:${value(entry.value)}`).join(',')}}`;
    }
    case DuckDBTypeId.UNION: {
      const { memberTags, memberTypes } = type;
      const members = new Map(memberTags.map((tag, index) => [tag, member(memberTypes[index]!)]));
      return ({ tag, value }: DuckDBUnionValue) => `{${JSON.stringify(tag)}:${members.get(tag)!(value)}}`;
    }
    default:
      return (value: DuckDBVariantValue) => (value.type === undefined || value.value === null ? 'null' : member(value.type)(value.value));
  }
}

function structText({ entryNames, entryTypes }: DuckDBStructType): CellText {
  const fields = entryNames.map((name, index) => ({ name, key: JSON.stringify(name), text: member(entryTypes[index]!) }));
  return ({ entries }: DuckDBStructValue) => `{${fields.map(({ name, key, text }) => `${key}:${text(entries[name]!)}`).join(',')}}`;
}

/**
 * Inside of JSON, integers up to 64 bits, finite doubles and booleans stand bare; everything else is a
 * string of its text, decimals and larger integers too: readers of JSON would round them.
 */
function member(type: DuckDBType): (value: DuckDBValue) => string {
  const text = cellText(type);
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.TINYINT: case DuckDBTypeId.SMALLINT: case DuckDBTypeId.INTEGER: case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UTINYINT: case DuckDBTypeId.USMALLINT: case DuckDBTypeId.UINTEGER: case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.LIST: case DuckDBTypeId.ARRAY: case DuckDBTypeId.STRUCT: case DuckDBTypeId.MAP: case DuckDBTypeId.UNION: case DuckDBTypeId.VARIANT:
      return (value) => (value === null ? 'null' : text(value));
    case DuckDBTypeId.FLOAT: case DuckDBTypeId.DOUBLE:
      return (value) => (value === null ? 'null' : Number.isFinite(value) ? text(value) : JSON.stringify(text(value)));
    default:
      return (value) => (value === null ? 'null' : JSON.stringify(text(value)));
  }
}
