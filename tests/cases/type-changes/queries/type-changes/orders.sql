select day, amount from "type-changes-amounts"
