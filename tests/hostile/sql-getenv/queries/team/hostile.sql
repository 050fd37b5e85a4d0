select getenv('DAYBOOK_CANARY') as value
