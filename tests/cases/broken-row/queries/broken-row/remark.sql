select * from "broken-row-remark"
