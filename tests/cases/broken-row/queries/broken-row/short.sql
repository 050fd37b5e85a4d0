select * from "broken-row-short"
