-- The last 62 days up to $as_of: completed flights, by day of departure and by the ten large hubs and all others.
-- The day of the export's newest departure has only begun, so it ends one day earlier.
with span as (
  select least($as_of::DATE, max(date)::DATE - 1) as last_day from flights
)
select
  date::DATE as date,
  hub(origin) as airport,
  count(*) as flights,
  count(*) filter (where on_time(delay)) as on_time,
  count(*) filter (where delay >= 60) as very_late,
  sum(greatest(delay, 0))::BIGINT as minutes_late
from flights, span
where date >= last_day - 61 and date < last_day + 1
group by all
