import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialectHint } from '../../src/run/dialect.ts';

test('what other engines write is named, with the way of DuckDB', () => {
  const cases: [sql: string, hint: RegExp][] = [
    ['select * from `my-project.shop.orders`', /^Names in backquotes, as MySQL and BigQuery have them, stand in double quotes: "name"\.$/],
    ['select [Order Date] from [dbo].[Orders]', /^Names in square brackets/],
    ['select top 10 day from orders', /^TOP 10, as SQL Server has it, is LIMIT 10 at the end\.$/],
    ['select distinct top (5) day from orders', /^TOP n/],
    ['select dateadd(month, -1, day), isnull(n, 0) from orders', /^dateadd\(day, 7, x\) is x \+ INTERVAL 7 DAY; isnull\(a, b\) is coalesce\(a, b\)\.$/],
    ['select * from orders where day >= :from and day < :until', /^:from is a parameter of another tool: write its value there, or \$as_of where it is the day of the report; :until is/],
    ['select * from orders where day = @day', /^@day is a parameter/], ['select * from orders where day = ${day}', /^\$\{…\} is a parameter/],
    ['select * from t where day > $__timeFrom()', /^\$__timefrom is a parameter/], ['select * from t where day > %(start)s', /^%\(start\)s is/], ['select * from t where [[day > 3]]', /^What stands in \[\[ \]\] is optional/],
    ['select x::variant from orders', /^::variant is ::JSON/], ['select * from orders limit 5, 10', /^LIMIT 5, 10 is LIMIT 10 OFFSET 5/],
    ['select datediff(day, a, b) from orders', /^datediff\(day, a, b\) is date_diff\('day', a, b\)/], ['select * from a cross apply f(b)', /^CROSS APPLY/],
    ['select safe_divide(a, b), date_sub(day, interval 7 day) from orders', /^safe_divide\(a, b\) is a \/ nullif\(b, 0\); date_sub\(x, INTERVAL 7 DAY\) is x - INTERVAL 7 DAY\.$/],
    ['select * from orders, lateral flatten(input => x)', /^LATERAL FLATTEN/],
    ['select sysdate from dual', /^sysdate is \$as_of/], ['# days\nselect 1', /^A comment begins with --/],
  ];
  for (const [sql, hint] of cases) assert.match(dialectHint(sql) ?? '', hint, sql);
  for (const sql of ["select x[1:n], [a, b] as l, {'a':b}, '`', top from orders limit 5 -- @x :y", 'select day::date, $as_of from a, b where top = 1', 'select "isnull" from a', 'select date_sub(\'day\', a, b), decode(x), flatten(y) from t', 'select date_diff(\'day\', a, b), "[x]" from t']) assert.equal(dialectHint(sql), undefined, sql);
});
