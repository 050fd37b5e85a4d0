select * from '/etc/passwd'
