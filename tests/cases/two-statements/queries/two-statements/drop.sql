select day, region, orders from orders; drop table orders
