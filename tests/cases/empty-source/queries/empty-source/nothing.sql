select * from "empty-source-nothing"
