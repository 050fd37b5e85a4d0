select * from public.customers
