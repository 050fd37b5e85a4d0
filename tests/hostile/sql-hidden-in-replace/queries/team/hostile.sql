select * replace ((select max(content) from read_text('{outside}')) as region) from orders
