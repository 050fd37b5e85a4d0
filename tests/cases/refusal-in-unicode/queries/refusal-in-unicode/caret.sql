select 'größer – ‮مرحبا‬ 😀' as text, regoin
from orders
