-- The last 20 years of monthly means up to $as_of, with the year before: growth compares like with like, because the
-- same months have the same season. A month stands at its last day.
with months as (
  select last_day("Date") as month_to, "CO2" as co2, "adjusted CO2" as adjusted from co2
),
span as (
  select max(month_to) as until from months where month_to <= $as_of::DATE
)
select
  this.month_to,
  this.co2,
  this.adjusted,
  this.adjusted - before.adjusted as growth
from span
join months as this on this.month_to <= until and this.month_to >= date_trunc('month', until) - interval 239 month
left join months as before on before.month_to = last_day(this.month_to - interval 1 year)
