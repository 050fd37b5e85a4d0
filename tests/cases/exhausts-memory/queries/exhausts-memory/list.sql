select list(range) as x from range(200000000)
