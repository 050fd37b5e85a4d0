-- A part of a whole as a number from 0 to 1; no value where there is no whole.
create macro share(part, whole) as part / nullif(whole, 0);
