-- Jobs by sector in the last 37 months up to $as_of, in thousands, with the month before. The eleven sectors add up to
-- all jobs outside farming. A month stands at its last day.
with sectors as (
  unpivot (
    select
      last_day(month) as month_to,
      mining_and_logging as "Mining and logging",
      construction as "Construction",
      manufacturing as "Manufacturing",
      trade_transportation_utilties as "Trade, transport, utilities",
      information as "Information",
      financial_activities as "Finance",
      professional_and_business_services as "Professional and business services",
      education_and_health_services as "Education and health",
      leisure_and_hospitality as "Leisure and hospitality",
      other_services as "Other services",
      government as "Government"
    from employment
    where last_day(month) <= $as_of::DATE
  ) on columns(* exclude month_to) into name sector value jobs
),
changes as (
  select
    month_to,
    sector,
    jobs,
    jobs - lag(jobs) over (partition by sector order by month_to) as change,
    max(month_to) over () as until
  from sectors
)
select month_to, sector, jobs, change, case when change < 0 then 1 else 0 end as losing
from changes
where month_to >= date_trunc('month', until) - interval 36 month
