create macro memory.main.peek() as (select string_agg(table_name) from information_schema.tables)
