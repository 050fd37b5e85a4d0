select * from "broken-row-quote"
