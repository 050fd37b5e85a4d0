select region, sum(orders) as orders from orders group by region;

-- The second.
select day, count(*) as regions from orders group by day;
