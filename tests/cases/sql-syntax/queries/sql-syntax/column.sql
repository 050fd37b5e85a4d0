select day,
       regoin
from orders
