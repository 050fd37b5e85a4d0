select * from orders where day <= $asof
