select region from orders
