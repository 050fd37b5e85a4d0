select day, region, orders * 2 as orders from orders where day <= $as_of
