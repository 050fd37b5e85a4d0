select count(*) as n from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3
