select getenv('HOME') as home from orders
