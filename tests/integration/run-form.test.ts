import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { csvFormOf } from '../../src/review/onboard/csv-form.ts';
import { readForm } from '../../src/run/form.ts';
import { temporaryFolder, write } from './instance.ts';

test('the form of a CSV file is found where it is sure, and told where it is not', async (t) => {
  const root = await temporaryFolder(t);
  const cases: [text: string, csv: object, columns: object, notes: RegExp][] = [
    ['day,n\n2026-01-05,1.5\n', {}, {}, /^$/],
    ['a\n1\n', {}, {}, /^$/],
    ['day,amount\n2026-01-05,"1,234.50"\n2026-01-06,7\n', { thousands: ',' }, { amount: 'DOUBLE' }, /^$/],
    ['amount,note\n"1,200",a;b\n"2,300",c\n', {}, { amount: 'VARCHAR' }, /1,200 may have decimals or thousands/],
    ['n;address\n1,5;192.168.1.1\n2.000,5;10.0.0.1\n', { delimiter: ';', decimal: ',', thousands: '.' }, { n: 'DOUBLE', address: 'VARCHAR' }, /^address is read as text/],
    ['"a;b,c";d|e\n"1,5;2";x|y\n', { delimiter: ';' }, {}, /^$/],
    ['a|b\n1|2\n', { delimiter: '|' }, {}, /^$/],
    ['a;b;c\n1;2;3\n1;2\n', { delimiter: ';' }, {}, /^$/],
    ['from,to\n05/01/2026,06/01/2026\n', { dates: '%d/%m/%Y' }, {}, /^dates such as 05\/01\/2026 are read with the day first, and could have the month there: if they have, write `csv: { dates: "%m\/%d\/%Y" }`$/],
    ['from,to\n05/01/2026,06/13/2026\n', { dates: '%m/%d/%Y' }, {}, /^$/],
    ['from,to\n13/01/2026,06/13/2026\n', { dates: '%d/%m/%Y' }, { to: 'VARCHAR' }, /^to is read as text: its dates are written 06\/13\/2026/],
    ['from;to\n05.01.26;06.01.2026\n', { delimiter: ';', dates: '%d.%m.%y' }, { to: 'VARCHAR' }, /^to is read as text/],
    // What the engine takes for another day, or another year, without a word.
    ['from,to\n5/1/26,6/1/26\n', { dates: '%d/%m/%y' }, {}, /^dates such as 5\/1\/26 are read with the day first, .* `csv: \{ dates: "%m\/%d\/%y" \}`$/],
    ['from,to\n1/13/26,6/1/26\n', { dates: '%m/%d/%y' }, {}, /^$/],
    ['day,n\n05-01-2026,1\n06-01-2026,2\n', { dates: '%d-%m-%Y' }, {}, /^dates such as 05-01-2026 .* `csv: \{ dates: "%m-%d-%Y" \}`$/],
    ['day,n\n01-13-2026,1\n06-01-2026,2\n', { dates: '%m-%d-%Y' }, {}, /^$/],
    ['day,n\n01-02-24,1\n03-04-24,2\n', {}, { day: 'VARCHAR' }, /^day is read as text: dates such as 01-02-24 may be of several forms/],
    ['day,n\n01-13-24,1\n03-31-24,2\n', { dates: '%m-%d-%y' }, {}, /^$/],
    ['at,n\n05/01/2026 10:00:00,1\n', { dates: '%d/%m/%Y %H:%M:%S' }, {}, /^dates such as 05\/01\/2026 10:00:00 are read with the day first/],
    ['at,n\n5/1/2026 9:05 AM,1\n', { dates: '%m/%d/%Y %I:%M %p' }, {}, /^dates such as .* are read with the month first, and could have the day there: .* "%d\/%m\/%Y %I:%M %p"/],
    [';\n', { delimiter: ';' }, {}, /^$/],
    // Words for no value among numbers and dates; unless a column of texts has them too.
    ['day,n,price\n2026-01-05,NULL,1.5\n2026-01-06,7,n/a\n-,8,2.5\n', { null: ['', '-', 'NULL', 'n/a'] }, {}, /^$/],
    ['day;n\n05.01.2026;1,5\n13.01.2026;k.A.\nn/a;2.000,5\n', { delimiter: ';', dates: '%d.%m.%Y', decimal: ',', thousands: '.', null: ['', 'k.A.', 'n/a'] }, { n: 'DOUBLE' }, /^$/],
    ['n,shop\nNULL,north\n7,NULL\n', {}, { n: 'VARCHAR' }, /^n is read as text: beside numbers it has "NULL", which other columns have as a text; .*`csv: \{ "null": \["", "NULL"\] \}`/],
    ['n,shop\n5,north\n7,south\ntbd,west\n', {}, { n: 'VARCHAR' }, /^n is read as text: beside numbers it has "tbd"$/],
    ['day,n\n2026-01-05,1\n2026-01-06,2\nday,n\n2026-01-07,3\n', {}, { day: 'VARCHAR', n: 'VARCHAR' }, /^day is read as text: beside dates it has its own name: the header stands in the file more than once; take off the lines that repeat it\nn is read/],
    ['share,price\n"12,5 %","$1,024.50"\n"9,1 %",$3\n', {}, { share: 'VARCHAR', price: 'VARCHAR' }, /^share is read as text: its values are written 12,5 %; in the query, CAST\(replace\(regexp_replace\(share, '\[\^0-9,-\]', '', 'g'\), ',', '\.'\) AS DOUBLE\) makes numbers of them\nprice .* \$1,024\.50; in the query, CAST\(regexp_replace\(price, '\[\^0-9\.-\]', '', 'g'\) AS DOUBLE\)/],
    ['pay,p75\n1.00E+05,"1,200.5"\n90000,1E3\n', { thousands: ',' }, { pay: 'DOUBLE', p75: 'DOUBLE' }, /^$/],
    ['n,m\n"1 234,56",1’200\n"2 345",3’400.5\n', {}, { n: 'VARCHAR', m: 'VARCHAR' }, /^n is read as text: its values are written 1 234,56; in the query, CAST\(replace\(.* makes numbers of them\nm is read as text: its values are written 1’200;/],
    ['country,n\nA,..\nB,7\nC,8\n', { null: ['', '..'] }, {}, /^$/],
    ['price;paid\nR$ 1.234,50;10 kr\n', { delimiter: ';' }, { price: 'VARCHAR', paid: 'VARCHAR' }, /^price is read as text: its values are written R\$ 1\.234,50; in .*\npaid .* 10 kr;/],
    ['part,zip\nSKU 1,01067\n17,50667\nA-3,1010\nB,7\nC,8\n', {}, {}, /^$/],
  ];
  for (const [index, [text, csv, columns, notes]] of cases.entries()) {
    const file = `data/${index}.csv`;
    await write(root, { [file]: text });
    const found = await readForm({ name: 'x', file: 'queries/sources/x.yml', files: file, columns: {}, csv: {}, cluster_by: [], secrets: [] }, { root, cache: path.join(root, '.daybook'), roots: ['data'], threads: 1, memoryMb: 512, diskMb: 1_000 });
    const form = csvFormOf(found!);
    assert.deepEqual([form.csv, form.columns], [csv, columns], text);
    assert.match(form.notes.join('\n'), notes);
  }
  const elsewhere = await readForm({ name: 'x', file: 'queries/sources/x.yml', files: 'data/0.csv', columns: {}, csv: {}, cluster_by: [], secrets: [] }, { root, cache: path.join(root, '.daybook'), roots: ['other'], threads: 1, memoryMb: 512, diskMb: 1_000 });
  assert.equal(elsewhere, null);
});

test('a file of hundreds of columns has a form too', async (t) => {
  const root = await temporaryFolder(t);
  const line = (cell: (index: number) => string): string => `${Array.from({ length: 400 }, (_, index) => cell(index)).join(';')}\n`;
  await write(root, { 'data/wide.csv': line((index) => `c${index}`) + line((index) => (index === 399 ? '13.01.2026' : `${index},5`)) });
  const found = await readForm({ name: 'x', file: 'queries/sources/x.yml', files: 'data/wide.csv', columns: {}, csv: {}, cluster_by: [], secrets: [] }, { root, cache: path.join(root, '.daybook'), roots: ['data'], threads: 1, memoryMb: 512, diskMb: 1_000 });
  assert.deepEqual(csvFormOf(found!).csv, { delimiter: ';', dates: '%d.%m.%Y', decimal: ',' });
});

test('a first line that is no header is told: a title, as spreadsheets pad it, or values', async (t) => {
  const root = await temporaryFolder(t);
  const flaws: [text: string, flaw: RegExp | null][] = [
    ['Sales by region;;;\n\nday;region;n;m\n05.01.2026;north;1;2\n', /^the first line names 1 of 4 columns: "Sales by region"$/],
    ['Sales,\nday,n\n2026-01-05,1\n', /^the first line names 1 of 2 columns: "Sales"$/],
    ['2026-01-05,north,1\n2026-01-06,north,2\n', /^the first line has values, such as "2026-01-05", where names of columns are expected$/],
    ['north,7,12.5\nsouth,8,3.75\n', /such as "12\.5"/],
    // An index without a name, fields behind the last one, periods as columns.
    [',n\n0,5\n1,6\n', null],
    ['n,m,,\n1,2,,\n', null],
    ['region,2025,2026\nnorth,1,2\n', null],
    ['region,2026-01-05,2026-01-06\nnorth,1.5,2\n', null],
    // Importing it says that it has no rows.
    ['', null],
  ];
  for (const [index, [text, flaw]] of flaws.entries()) {
    const file = `data/${index}.csv`;
    await write(root, { [file]: text });
    const found = await readForm({ name: 'x', file: 'queries/sources/x.yml', files: file, columns: {}, csv: {}, cluster_by: [], secrets: [] }, { root, cache: path.join(root, '.daybook'), roots: ['data'], threads: 1, memoryMb: 512, diskMb: 1_000 });
    const { flaw: told } = csvFormOf(found!);
    assert.equal(told === null, flaw === null, text);
    if (flaw) assert.match(told!.what, flaw);
  }
});
