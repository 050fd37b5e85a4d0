select set_config('threads', '8', false) as value
