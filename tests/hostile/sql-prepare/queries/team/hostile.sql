prepare p as select 1; execute p
