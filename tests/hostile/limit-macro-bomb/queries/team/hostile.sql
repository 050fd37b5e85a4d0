select b30(1) as n
