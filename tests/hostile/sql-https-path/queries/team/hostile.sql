select * from read_csv('{web}/stolen.csv')
