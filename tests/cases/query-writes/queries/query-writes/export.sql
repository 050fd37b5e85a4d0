export database 'data/written'
