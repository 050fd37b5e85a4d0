create or replace macro net(x) as (select;
