create macro secret() as (select max(content) from read_text('{outside}'));
