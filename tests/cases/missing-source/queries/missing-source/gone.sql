select * from "missing-source-gone"
