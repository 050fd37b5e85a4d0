select * from enable_logging(storage = 'file', storage_path = '{root}/stolen')
