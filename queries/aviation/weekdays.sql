-- Complete weeks (Monday to Sunday) up to $as_of, at most 13, by weekday of departure.
with span as (
  select week_completed(least($as_of::DATE, max(date)::DATE - 1)) as until from flights
)
select
  week_to(date) as week_to,
  isodow(date) as weekday_number,
  dayname(date) as weekday,
  count(*) as flights,
  count(*) filter (where on_time(delay)) as on_time,
  count(*) filter (where delay >= 60) as very_late
from flights, span
where date >= until - 90 and date < until + 1
group by all
