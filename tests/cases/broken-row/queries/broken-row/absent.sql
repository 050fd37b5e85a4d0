select * from "broken-row-absent"
