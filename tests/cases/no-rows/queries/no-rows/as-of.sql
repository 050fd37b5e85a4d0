select * from orders where orders > 1000000
