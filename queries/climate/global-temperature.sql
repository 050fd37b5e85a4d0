-- The years up to $as_of since 1880, each with the mean of the ten years that it ends.
with years as (
  select
    make_date(year, 12, 31) as year_to,
    temp as anomaly,
    avg(temp) over last_ten as mean_10_years,
    count(*) over last_ten as years
  from temperature
  where make_date(year, 12, 31) <= $as_of::DATE
  window last_ten as (order by year rows between 9 preceding and current row)
)
select year_to, anomaly, case when years = 10 then round(mean_10_years, 3) end as mean_10_years
from years
