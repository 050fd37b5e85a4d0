select day, region || '=HYPERLINK("http://evil.example")|`' || chr(27) || '[2J' as region, orders from orders where day <= $as_of
