select * from orders where day <= $as_of
