select range as n from range(1000000)
