select * from orders where day <= now()
