-- Which animals do the harm: strikes of the three years up to the last quarter that $as_of completes, by kind of
-- animal; kinds with at least three strikes, any damage or any cost.
with span as (
  select quarter_completed(least($as_of::DATE, max("Flight Date"))) as until from strikes
)
select
  "Wildlife Species" as species,
  until,
  count(*) as strikes,
  count(*) filter (where "Effect Amount of damage" <> 'None') as damaging,
  sum("Cost Total $")::BIGINT as cost,
  max("Cost Total $") as dearest,
  count(*) filter (where "Wildlife Species" ilike 'unknown%') as unidentified
from strikes, span
where "Flight Date" > until - interval 3 year and "Flight Date" <= until
group by all
having strikes >= 3 or damaging > 0 or cost > 0
