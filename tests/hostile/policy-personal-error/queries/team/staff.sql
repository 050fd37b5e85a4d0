select name, salary, error(name) as letters from people
