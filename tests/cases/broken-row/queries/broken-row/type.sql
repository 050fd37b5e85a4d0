select * from "broken-row-type"
