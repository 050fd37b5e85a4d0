select * from source0.data
