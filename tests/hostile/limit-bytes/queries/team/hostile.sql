select range as n, repeat('x', 10000) as text from range(5000)
