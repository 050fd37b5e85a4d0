-- Electricity generated in Iowa in each year that $as_of completes, by kind of source, in gigawatt-hours.
select
  make_date(year(year), 12, 31) as year_to,
  source,
  net_generation as generation,
  case when source = 'Renewables' then net_generation else 0 end as renewable,
  case when source = 'Fossil Fuels' then net_generation else 0 end as fossil
from electricity
where make_date(year(year), 12, 31) <= $as_of::DATE
