select * from orders using sample 2 rows
