-- Seattle on each of the last 62 days up to $as_of, with what plants and fire crews feel: the rain of 30 days and the
-- days since at least 1 mm fell. Both look back over 400 days, so that an early day does not start from nothing.
with span as (
  select least($as_of::DATE, max(date)) as until from weather where location = 'Seattle'
),
days as (
  select
    date,
    temp_max,
    temp_min,
    precipitation as rain,
    sum(precipitation) over (order by date range between interval 29 day preceding and current row) as rain_30_days,
    date - max(date) filter (where precipitation >= 1) over (order by date) as dry_days,
    weather,
    until
  from weather, span
  where location = 'Seattle' and date between until - 400 and until
)
select date, temp_max, temp_min, rain, rain_30_days::DECIMAL(7, 1) as rain_30_days, dry_days, weather
from days
where date > until - 62
