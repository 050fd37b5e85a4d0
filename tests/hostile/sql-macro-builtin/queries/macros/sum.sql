create or replace macro sum(x) as 1000000;
