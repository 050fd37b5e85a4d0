select (select count(*) from read_csv('data/orders.csv')) as n from orders
