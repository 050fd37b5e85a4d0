select count(*) as n from range(10000000) a, range(10000000) b where a.range + b.range = 1
