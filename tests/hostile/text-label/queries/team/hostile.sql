select orders, 'x' as "a|b" from orders where day <= $as_of
