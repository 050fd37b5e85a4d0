attach '{root}/stolen.duckdb' as stolen
