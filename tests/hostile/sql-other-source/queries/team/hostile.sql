select name from people
