attach 'data/written.duckdb'
