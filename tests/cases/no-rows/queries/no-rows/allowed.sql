select day, orders from orders where orders > 1000000
