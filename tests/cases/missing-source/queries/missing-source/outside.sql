select * from "missing-source-outside"
