select * from warehouse.invoices
