select * from read_csv('{outside}')
