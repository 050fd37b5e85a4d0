select region, sum(orders) as orders, sum(revenue) as revenue, sum(orders) / (select total from ${total}) as share
from shop.orders
group by region
