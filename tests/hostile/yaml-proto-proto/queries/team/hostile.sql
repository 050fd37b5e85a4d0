select orders as "__proto__", orders + 1 as "constructor" from orders where day = '2026-01-07'
