select * from "broken-row-title"
