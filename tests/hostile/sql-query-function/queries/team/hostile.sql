select * from query('from read_te' || 'xt(''{outside}'')')
