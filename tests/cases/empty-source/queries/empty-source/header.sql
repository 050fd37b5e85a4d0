select * from "empty-source-header"
