select repeat('x', 2000) as x from range(10)
