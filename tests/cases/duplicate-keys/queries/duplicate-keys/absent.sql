select day, orders from orders
