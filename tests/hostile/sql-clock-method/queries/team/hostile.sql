select region, day.age() as seen from orders
