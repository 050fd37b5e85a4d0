select * from '{outside}'
