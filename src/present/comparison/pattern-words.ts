import type { Comparison } from '../../analysis/comparison/comparison.ts';
import type { CellPattern, Condition, Pattern, RepeatPattern, RowKind, RowPattern } from '../../analysis/pattern/pattern.ts';
import { count, plural } from '../../snapshot/count.ts';
import { cellWords } from '../cell.ts';
import type { Words } from '../words.ts';

/** What the rows that differ have in common, a sentence each, the most telling first. */
export function patternLines(comparison: Comparison | null): Words[] {
  if (comparison === null || comparison.kind === 'incomparable') return [];
  const { patterns = [], schema: { added, removed } } = comparison;
  return patterns.map((pattern) => patternWords(pattern, added.length + removed.length > 0));
}

/** @param isPart only the columns that both sides have were compared */
function patternWords(pattern: Pattern, isPart: boolean): Words {
  switch (pattern.kind) {
    case 'repeated': case 'copies': return [repeatWords(pattern) + (isPart ? ', in the columns that both have' : '')];
    case 'value': case 'range': case 'both': return rowWords(pattern);
    default: return [`each of the ${count(pattern.cells)} changed values of `, ...named(pattern.columns, 'and'), ' ', ...cellPatternWords(pattern)];
  }
}

type Repeated = Extract<RepeatPattern, { kind: 'repeated' }>;
type Copies = Extract<RepeatPattern, { kind: 'copies' }>;

const REPEATED: { [what in Repeated['what']]: { [side in Repeated['side']]: (times: string) => string } } = {
  keys: {
    base: (times) => `every key stood exactly ${times} before, and stands once`,
    head: (times) => `every key stands exactly ${times}, and stood once before`,
  },
  rows: {
    base: (times) => `every row stood exactly ${times} as often before`,
    head: (times) => `every row stands exactly ${times} as often as before`,
  },
};

const COPIES: { [rows in Copies['rows']]: string } = { added: 'one that was there already', removed: 'still there, less often' };

function repeatWords(pattern: RepeatPattern): string {
  switch (pattern.kind) {
    case 'repeated': return REPEATED[pattern.what][pattern.side](pattern.times === 2 ? 'twice' : `${count(pattern.times)} times`);
    case 'copies': return `${pattern.count === 1 ? `the ${pattern.rows} row` : `each of the ${count(pattern.count)} ${pattern.rows} rows`} is ${COPIES[pattern.rows]}`;
  }
}

const OTHERS: { [rows in RowKind]: string } = { removed: 'and no row after does', added: 'and no row before does', changed: 'and no other row before does' };

/** `all 1,240 removed rows have region = Nord and product = A, and no row after does` */
function rowWords(pattern: RowPattern): Words {
  const conditions = pattern.kind === 'both' ? pattern.conditions : [pattern];
  const others = pattern.kind === 'both' || pattern.only ? [`, ${OTHERS[pattern.rows]}`] : [];
  const all = `${pattern.count === 2 ? 'both' : `all ${count(pattern.count)}`} ${pattern.rows} rows have `;
  return [all, ...conditions.flatMap((one, index) => [...(index > 0 ? [' and '] : []), ...conditionWords(one)]), ...others];
}

function conditionWords(condition: Condition): Words {
  const { column } = condition;
  if (condition.kind === 'range') return [{ data: column }, ...rangeWords(condition)];
  const [value] = condition.values;
  if (condition.values.length === 1 && value === null) return ['no value in ', { data: column }];
  return [{ data: column }, ' = ', ...named(condition.values.map((one) => cellWords(one)), 'or')];
}

function rangeWords({ from, to }: Extract<Condition, { kind: 'range' }>): Words {
  if (from !== null && to !== null) return [' from ', { data: from }, ' to ', { data: to }];
  return from !== null ? [' from ', { data: from }, ' on'] : [' up to ', { data: to ?? '' }];
}

function cellPatternWords(pattern: CellPattern): Words {
  switch (pattern.kind) {
    case 'ratio': return (pattern.ratio === '-1' ? ['has the other sign'] : ['is exactly ', { data: minus(pattern.ratio) }, ' × what it was']);
    case 'difference': return ['is exactly ', { data: pattern.difference.replace(/^-/, '') }, ` ${pattern.difference.startsWith('-') ? 'less' : 'more'} than it was`];
    case 'becomes': {
      const { before, after } = pattern;
      const one = (verb: string, cell: string | null): Words => (cell === null ? [`${verb === 'is' ? 'has' : 'had'} no value`] : [`${verb} `, { data: cellWords(cell) }]);
      if (before !== undefined && after !== undefined) return [...one('was', before), ' and ', ...one('is', after)];
      return after !== undefined ? [...one('is', after), ' now'] : [...one('was', before ?? null), ' before'];
    }
    case 'exchanged': return ['is what the other column had'];
    case 'rounded': return [`is what it was, ${pattern.way} to ${pattern.places === 0 ? 'a whole number' : `${plural(pattern.places, 'digit')} after the point`}`];
    case 'shifted': return [`is ${shiftWords(pattern)} than it was`];
    case 'one-way': return [`is ${pattern.to} than it was`];
  }
}

/** `exactly 2 hours later`, `1 hour to 2 hours earlier` */
function shiftWords({ least, most }: Extract<CellPattern, { kind: 'shifted' }>): string {
  const isEarlier = least.startsWith('-');
  const [from, to] = (isEarlier ? [most, least] : [least, most]).map((text) => spanWords(BigInt(text.replace('-', ''))));
  return `${from === to ? `exactly ${from}` : `${from} to ${to}`} ${isEarlier ? 'earlier' : 'later'}`;
}

/** `1 day 2 hours`, of microseconds. */
function spanWords(span: bigint): string {
  const [day, hour, minute] = [86_400_000_000n, 3_600_000_000n, 60_000_000n];
  const seconds = Number(span % minute) / 1e6;
  const whole = [[span / day, 'day'], [(span % day) / hour, 'hour'], [(span % hour) / minute, 'minute']] as const;
  const part = Number.isInteger(seconds) ? plural(seconds, 'second') : `${seconds} seconds`;
  return [...whole.filter(([many]) => many > 0n).map(([many, what]) => plural(Number(many), what)), ...(seconds > 0 ? [part] : [])].join(' ');
}

function minus(number: string): string {
  return number.replace(/^-/, '−');
}

/** `a, b and c` */
function named(names: readonly string[], last: 'and' | 'or'): Words {
  return names.flatMap((name, index): Words => [...(index === 0 ? [] : [index === names.length - 1 ? ` ${last} ` : ', ']), { data: name }]);
}
