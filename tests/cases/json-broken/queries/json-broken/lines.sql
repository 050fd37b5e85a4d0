select * from "json-broken-lines"
