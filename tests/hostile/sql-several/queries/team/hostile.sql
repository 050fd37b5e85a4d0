select 1 as one; drop view orders
