-- The last day of the newest week (Monday to Sunday), month or quarter that a day completes.
create macro week_completed(day) as date_trunc('week', day::DATE + 1)::DATE - 1;
create macro month_completed(day) as date_trunc('month', day::DATE + 1)::DATE - 1;
create macro quarter_completed(day) as date_trunc('quarter', day::DATE + 1)::DATE - 1;

-- The Sunday of a day's week.
create macro week_to(day) as date_trunc('week', day)::DATE + 6;
