-- Deaths by kind of disaster and year since 1960, up to $as_of: records before that are too patchy to compare.
select make_date(Year, 12, 31) as year_to, Entity as kind, Deaths as deaths
from disasters
where Entity <> 'All natural disasters'
  and Year >= 1960
  and make_date(Year, 12, 31) <= $as_of::DATE
