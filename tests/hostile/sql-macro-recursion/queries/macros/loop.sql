create macro one(x) as x + 1;
create macro two(x) as one(x);
create or replace macro one(x) as two(x);
