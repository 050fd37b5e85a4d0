select day, region, orders, repeat('x|`', 100000) as note from orders where day <= $as_of
