call enable_logging('QueryLog', storage = 'file', storage_config = {'path': 'data/log'})
