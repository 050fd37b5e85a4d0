-- The normal need of heating in Seattle for each hour of the last 31 days up to $as_of, in degree-hours below
-- $base_temperature. The data counts hours in local standard time; here they are UTC, 8 hours later.
with hours as (
  select date + interval 8 hour as hour, temperature, greatest($base_temperature - temperature, 0)::DECIMAL(4, 1) as need
  from normals
),
span as (
  select least($as_of::TIMESTAMP, max(hour)) as until from hours
),
summed as (
  select
    hour,
    temperature,
    need,
    sum(need) over (order by hour range between interval 23 hour preceding and current row)::DECIMAL(6, 1) as need_24_hours,
    until
  from hours, span
  where hour > until - interval 32 day and hour <= until
)
select hour, temperature, need, need_24_hours from summed where hour > until - interval 31 day
