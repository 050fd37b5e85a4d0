copy (select 1) to 'data/written.csv'
