create table taken as select day, region, orders from orders
