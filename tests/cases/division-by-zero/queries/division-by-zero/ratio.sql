select 0 as orders, 0 as returns
