-- Orders of each day.
select day, sum(orders) as orders
from analytics.orders o
where day <= current_date
group by day;
