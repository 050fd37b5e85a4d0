select nullif(region, 'south') as region, max(orders) as orders from orders group by 1
