select day, sum(orders) as orders
from orders
group by

-- all of them
