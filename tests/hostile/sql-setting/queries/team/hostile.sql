select current_setting('home_directory') as value
