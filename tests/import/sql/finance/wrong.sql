select day,
  nothing
from orders
