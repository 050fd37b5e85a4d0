create or replace macro orders() as table select date '2026-01-07' as day, 'north' as region, 1000000 as orders;
