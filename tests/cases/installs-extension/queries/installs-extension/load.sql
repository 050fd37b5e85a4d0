load 'httpfs'
