select * from "missing-source-root"
