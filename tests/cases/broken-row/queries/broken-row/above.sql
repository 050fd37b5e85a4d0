select * from "broken-row-above"
