with recursive duckdb_databases as (
  select path from duckdb_databases
  union all
  select path from duckdb_databases where false
), kept_result as (
  select * from kept_result
  union all
  select * from kept_result where false
)
select path, (select count(*) from kept_result) as rows from duckdb_databases
