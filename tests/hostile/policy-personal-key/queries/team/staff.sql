select name, salary, length(name) as letters from people union all select name, salary, 1 as letters from people
