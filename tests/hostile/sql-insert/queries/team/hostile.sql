insert into orders values ('2026-01-07', 'north', 1000000)
