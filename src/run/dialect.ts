import { tokenize, type Token } from '../report/tokens.ts';

/** Functions of other engines, and what DuckDB has in their place. */
const FUNCTIONS: { [name: string]: string } = {
  dateadd: 'dateadd(day, 7, x) is x + INTERVAL 7 DAY', date_sub: 'date_sub(x, INTERVAL 7 DAY) is x - INTERVAL 7 DAY', timestamp_sub: 'timestamp_sub(x, INTERVAL 7 DAY) is x - INTERVAL 7 DAY', timestamp_add: 'timestamp_add(x, INTERVAL 7 DAY) is x + INTERVAL 7 DAY',
  getdate: 'getdate() is $as_of', sysdate: 'sysdate is $as_of', curdate: 'curdate() is $as_of', sysdatetime: 'sysdatetime() is $as_of', current_datetime: 'current_datetime() is $as_of',
  isnull: 'isnull(a, b) is coalesce(a, b)', nvl: 'nvl(a, b) is coalesce(a, b)', zeroifnull: 'zeroifnull(x) is coalesce(x, 0)', nvl2: 'nvl2(x, a, b) is if(x IS NOT NULL, a, b)', iff: 'iff(x, a, b) is if(x, a, b)', iif: 'iif(x, a, b) is if(x, a, b)', decode: 'decode(x, …) is CASE x WHEN … END',
  charindex: 'charindex(a, b) is strpos(b, a)', locate: 'locate(a, b) is strpos(b, a)', substring_index: 'substring_index(x, sign, 1) is split_part(x, sign, 1)',
  convert: 'convert(DATE, x) is CAST(x AS DATE)', safe_cast: 'safe_cast is TRY_CAST', try_convert: 'try_convert(DATE, x) is TRY_CAST(x AS DATE)', to_number: 'to_number(x) is CAST(x AS DOUBLE)', safe_divide: 'safe_divide(a, b) is a / nullif(b, 0)', div0: 'div0(a, b) is coalesce(a / nullif(b, 0), 0)',
  date_format: 'date_format(x, …) is strftime(x, …)', format_date: 'format_date(…, x) is strftime(x, …)', format_timestamp: 'format_timestamp(…, x) is strftime(x, …)', to_char: "to_char(x, 'YYYY-MM') is strftime(x, '%Y-%m')", to_date: "to_date(x, 'YYYY-MM-DD') is CAST(strptime(x, '%Y-%m-%d') AS DATE)", parse_date: 'parse_date(…, x) is CAST(strptime(x, …) AS DATE)', str_to_date: 'str_to_date(x, …) is strptime(x, …)', timestamp_trunc: "timestamp_trunc(x, MONTH) is date_trunc('month', x)", timestamp_diff: "timestamp_diff(b, a, DAY) is date_diff('day', a, b)",
  from_unixtime: 'from_unixtime(x) is make_timestamp(CAST(x AS BIGINT) * 1000000)', unix_timestamp: 'unix_timestamp(x) is epoch(x)', eomonth: 'eomonth(x) is last_day(x)',
  parse_json: 'parse_json(x) is CAST(x AS JSON)', flatten: 'LATERAL FLATTEN(…) is unnest(…)', generate_date_array: 'generate_date_array(a, b) is unnest(generate_series(a, b, INTERVAL 1 DAY))',
};
const UNITS = /^(second|minute|hour|day|week|month|quarter|year)s?$/;
const MOST = 3;

/** What of other engines a text that fails is written in, and the way of DuckDB; undefined where nothing is known. */
export function dialectHint(sql: string): string | undefined {
  const tokens = tokenize(sql);
  const said = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    const one = foreign(tokens, index, token);
    if (one !== null) said.add(one);
  }
  return said.size === 0 ? undefined : `${[...said].slice(0, MOST).join('; ')}.`;
}

const parameter = (name: string): string => `${name} is a parameter of another tool: write its value there, or $as_of where it is the day of the report`;

/** Not within x[1:n] or {'a':b}. */
function isApart(before: Token | undefined, at: number): boolean {
  return before === undefined || before.at + before.value.length < at || (before.kind === 'symbol' && !/[\w\]]/.test(before.value));
}

function foreign(tokens: readonly Token[], index: number, { kind, value, at }: Token): string | null {
  const [before, after, second, third] = [tokens[index - 1], tokens[index + 1], tokens[index + 2], tokens[index + 3]];
  const next = after?.value ?? '';
  const isBeside = after?.at === at + 1 && after.kind === 'word';
  if (kind === 'symbol') {
    if (value === '`') return 'Names in backquotes, as MySQL and BigQuery have them, stand in double quotes: "name"';
    if (value === '[' && /^(from|join|\.|select|by|,|on|where|and)$/.test(before?.value ?? '') && /^(word|quoted)$/.test(after?.kind ?? '') && (/^(from|join|\.)$/.test(before!.value) || second?.value === ']')) return 'Names in square brackets, as SQL Server has them, stand in double quotes: "name"';
    if ((value === ':' || value === '@') && isBeside && before?.value !== value && isApart(before, at)) return parameter(`${value}${next}`);
    if (value === '$' && next === '{') return parameter('${…}');
    if (value === '$' && isBeside && next.startsWith('__')) return parameter(`$${next}`);
    if (value === '%' && next === '(' && third?.value === ')' && tokens[index + 4]?.value === 's') return parameter(`%(${second!.value})s`);
    if (value === '[' && next === '[' && /^(where|and|or|on)$/.test(before?.value ?? '')) return 'What stands in [[ ]] is optional in Metabase: leave it out, or keep it without the brackets';
    if (value === '#') return 'A comment begins with --, not with #';
    return null;
  }
  if (kind !== 'word') return null;
  if (value === 'top' && /^(select|distinct)$/.test(before?.value ?? '') && (/^\d+$/.test(next) || next === '(')) return `TOP ${/^\d+$/.test(next) ? next : 'n'}, as SQL Server has it, is LIMIT ${/^\d+$/.test(next) ? next : 'n'} at the end`;
  if (value === 'limit' && /^\d+$/.test(next) && second?.value === ',' && /^\d+$/.test(third?.value ?? '')) return `LIMIT ${next}, ${third!.value} is LIMIT ${third!.value} OFFSET ${next}`;
  if (value === 'apply' && /^(cross|outer)$/.test(before?.value ?? '')) return before!.value === 'cross' ? 'CROSS APPLY is CROSS JOIN LATERAL' : 'OUTER APPLY is LEFT JOIN LATERAL … ON true';
  if (value === 'nolock') return 'WITH (NOLOCK) has no meaning here: leave it out';
  if (/^(variant|object)$/.test(value) && before?.value === ':') return `::${value} is ::JSON`;
  if (value === 'sysdate' && next !== '(') return FUNCTIONS['sysdate']!;
  if (next !== '(') return null;
  if (/^date(_?)diff$/.test(value) && UNITS.test(second?.value ?? '') && second?.kind === 'word' && third?.value === ',') return `${value}(${second.value}, a, b) is date_diff('${second.value.replace(/s$/, '')}', a, b)`;
  // DuckDB has functions of these names too, with other arguments.
  const isOwn = (value === 'date_sub' && second?.kind === 'text') || (value === 'decode' && third?.value === ')') || (value === 'flatten' && before?.value !== 'lateral');
  return Object.hasOwn(FUNCTIONS, value) && !isOwn ? FUNCTIONS[value]! : null;
}
