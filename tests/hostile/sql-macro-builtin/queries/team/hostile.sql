select region, sum(orders) as orders from orders where day <= $as_of group by region
