call pragma_database_size()
