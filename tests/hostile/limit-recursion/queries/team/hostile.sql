with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) as n from t
