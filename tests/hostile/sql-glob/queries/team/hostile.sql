select file from glob('/etc/**')
