select name, salary, length(name) as letters from people
