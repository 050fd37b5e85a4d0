select day, summ(orders) from orders group by day
