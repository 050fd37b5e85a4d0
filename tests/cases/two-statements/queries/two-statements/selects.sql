select day, region, orders from orders;
select 2
