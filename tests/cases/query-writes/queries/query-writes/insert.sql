insert into orders values ('2026-01-08', 'east', 1)
