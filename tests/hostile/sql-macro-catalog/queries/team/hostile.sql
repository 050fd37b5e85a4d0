select peek() as value
