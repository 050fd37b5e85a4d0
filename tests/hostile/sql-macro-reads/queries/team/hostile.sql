select secret() as value
