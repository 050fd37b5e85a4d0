-- Departures of the 28 days up to $as_of by airport, beside the 28 days before; airports with at least $min_flights.
with span as (
  select least($as_of::DATE, max(date)::DATE - 1) as until from flights
),
counted as (
  select
    origin,
    until,
    count(*) filter (where date >= until - 27) as flights,
    count(*) filter (where date >= until - 27 and delay < $late_after) as on_time,
    count(*) filter (where date >= until - 27 and delay >= 60) as very_late,
    count(*) filter (where date < until - 27) as flights_before,
    count(*) filter (where date < until - 27 and delay < $late_after) as on_time_before
  from flights, span
  where date >= until - 55 and date < until + 1
  group by all
)
select
  origin,
  airports.name as airport,
  airports.state,
  until,
  flights,
  on_time,
  very_late,
  round(share(on_time, flights), 4) as on_time_share,
  flights_before,
  on_time_before,
  case when share(on_time, flights) < 0.7 then 1 else 0 end as poor
from counted join airports on airports.iata = counted.origin
where flights >= $min_flights
