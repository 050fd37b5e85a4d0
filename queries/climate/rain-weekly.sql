-- Rain in two cities in the last 53 complete weeks up to $as_of. A wet day has at least 1 mm.
with span as (
  select week_completed(least($as_of::DATE, max(date))) as until from weather
)
select
  week_to(date) as week_to,
  location as city,
  count(*) as days,
  count(*) filter (where precipitation >= 1) as wet_days,
  count(*) filter (where precipitation >= 20) as soaking_days,
  sum(precipitation)::DECIMAL(7, 1) as rain
from weather, span
where date between until - 370 and until
group by all
