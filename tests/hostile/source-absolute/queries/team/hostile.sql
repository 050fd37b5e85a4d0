select * from stolen
