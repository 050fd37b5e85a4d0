select random() as x from orders
