-- The last 106 complete weeks up to $as_of by size of the animal; a week without a strike is there, with zeros.
with span as (
  select week_completed(least($as_of::DATE, max("Flight Date"))) as until from strikes
),
weeks as (
  select range::DATE as week_to
  from span, range((until - 735)::TIMESTAMP, (until + 1)::TIMESTAMP, interval 7 day)
),
sizes(size) as (values ('Small'), ('Medium'), ('Large'))
select
  week_to,
  size,
  count("Flight Date") as strikes,
  count("Flight Date") filter (where "Effect Amount of damage" <> 'None') as damaging,
  coalesce(sum("Cost Total $"), 0)::BIGINT as cost
from weeks cross join sizes
left join strikes on "Flight Date" between week_to - 6 and week_to and "Wildlife Size" = size
group by all
