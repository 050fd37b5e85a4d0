select * from "broken-row-again"
