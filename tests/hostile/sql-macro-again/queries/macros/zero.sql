create or replace macro net(x) as x * 100;
