pragma memory_limit = '20GB'
