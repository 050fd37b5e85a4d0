-- Earthquakes of magnitude $least_magnitude or more in the 24 hours before $as_of (to the full hour).
with events as (
  select unnest(features) as event from earthquakes
),
quakes as (
  select
    event.id as id,
    make_timestamp(event.properties."time" * 1000) as happened,
    round(event.properties.mag, 1) as magnitude,
    event.properties.place as place,
    round(event.geometry.coordinates[3], 1) as depth,
    coalesce(event.properties.felt, 0) as felt,
    event.properties.tsunami = 1 as tsunami
  from events
  where event.properties."type" = 'earthquake'
),
span as (
  select least($as_of::TIMESTAMP, date_trunc('hour', max(happened))) as until from quakes
)
select
  id,
  date_trunc('minute', happened) as happened,
  magnitude,
  place,
  depth,
  felt,
  tsunami,
  case when magnitude >= 5 then 1 else 0 end as strong,
  until
from quakes, span
where happened >= until - interval 24 hour and happened < until and magnitude >= $least_magnitude
