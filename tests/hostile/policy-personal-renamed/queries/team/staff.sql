select name, salary, name as letters, name as nick, salary + 0 as wage from people
