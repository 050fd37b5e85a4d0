select * from 'https://example.org/data.csv'
