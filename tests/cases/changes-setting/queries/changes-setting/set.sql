set threads = 8
