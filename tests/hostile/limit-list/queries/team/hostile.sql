select list(range) as values from range(100000000)
