select * from sniff_csv('{outside}')
