with "ducKdb_databases" as (select 1 as path)
select path from duckdb_databases
