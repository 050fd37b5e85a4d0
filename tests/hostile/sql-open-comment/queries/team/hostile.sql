select * from range(20000) /*
