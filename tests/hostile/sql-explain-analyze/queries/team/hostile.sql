explain analyze select * from orders
