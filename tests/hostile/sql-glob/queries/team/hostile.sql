select file from glob('/work/**')
