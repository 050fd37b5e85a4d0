export database '{root}/stolen'
