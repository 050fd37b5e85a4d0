select region, (select max(content) from read_text('/etc/passwd')) as text from orders
