select repeat('x', 2000000000) as text
