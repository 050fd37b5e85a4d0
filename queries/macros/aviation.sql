-- The U.S. Department of Transportation counts a flight as on time if it arrives less than 15 minutes late.
create macro on_time(delay) as delay < 15;

-- The ten airports with the most departures in the first quarter of 2001. A fixed list: with the ten busiest of the
-- moment, a change of rank would rewrite days already published.
create macro hub(origin) as case origin
  when 'ATL' then 'Atlanta'
  when 'DEN' then 'Denver'
  when 'DFW' then 'Dallas DFW'
  when 'DTW' then 'Detroit'
  when 'LAS' then 'Las Vegas'
  when 'LAX' then 'Los Angeles'
  when 'MSP' then 'Minneapolis'
  when 'ORD' then 'Chicago ORD'
  when 'PHX' then 'Phoenix'
  when 'STL' then 'St Louis'
  else 'All others'
end;
