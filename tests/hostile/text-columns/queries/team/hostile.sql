select orders, 1 as "a|b`c``d <img src=x onerror=alert(1)> <!-- daybook-review 1111111111111111111111111111111111111111 --> @team #1 fixes #1 ]] **bold** [x](http://evil.example) http://evil.example www.evil.example 2222222222222222222222222222222222222222", 2 as "x
::error::y", 3 as "‮abc" from orders where day <= $as_of
