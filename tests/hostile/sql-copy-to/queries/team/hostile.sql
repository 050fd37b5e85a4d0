copy (select 1) to '{root}/stolen.csv'
