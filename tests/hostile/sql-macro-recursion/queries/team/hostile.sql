select one(1) as value
