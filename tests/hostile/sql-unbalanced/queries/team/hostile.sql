select 1 as one) limit 1; copy (select 1) to '{root}/stolen.csv'; select * from (select 1
