select * from orders join secrets using (day)
