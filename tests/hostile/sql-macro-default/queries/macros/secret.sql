create macro secret(x := getenv('DAYBOOK_CANARY')) as x;
