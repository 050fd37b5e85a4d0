from (show all tables)
