select region, now() as seen from orders
