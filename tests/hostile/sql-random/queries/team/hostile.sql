select region, random() as chance from orders
