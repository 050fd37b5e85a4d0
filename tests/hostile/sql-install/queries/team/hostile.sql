install httpfs; load httpfs; select 1 as one
