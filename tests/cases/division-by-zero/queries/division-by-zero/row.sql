select orders / 0 as ratio, orders // 0 as whole, orders % 0 as rest from orders limit 1
