-- Unemployed people by the industry they last worked in: the last 37 months up to $as_of, beside the same month a year
-- earlier (the numbers follow the seasons). The labour force is worked back from the rate, which has one decimal place.
with months as (
  select
    last_day(make_date(year, month, 1)) as month_to,
    series as industry,
    count as unemployed,
    round(100 * count / rate)::BIGINT as labour_force
  from unemployment
),
span as (
  select max(month_to) as until from months where month_to <= $as_of::DATE
)
select
  this.month_to,
  this.industry,
  this.unemployed,
  before.unemployed as unemployed_year_before,
  this.labour_force
from span
join months as this on this.month_to <= until and this.month_to >= date_trunc('month', until) - interval 36 month
left join months as before on before.industry = this.industry and before.month_to = last_day(this.month_to - interval 1 year)
