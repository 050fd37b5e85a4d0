select day, region, orders from orders
