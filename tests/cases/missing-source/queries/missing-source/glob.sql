select * from "missing-source-glob"
