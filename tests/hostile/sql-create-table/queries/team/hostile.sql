create table stolen as select * from orders
