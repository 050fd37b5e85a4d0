select error(chr(10) || '::error::owned' || chr(10) || '::set-output name=a::b' || chr(10) || '@team #1 <img src=x onerror=alert(1)>' || chr(27) || '[2J') as n from orders
