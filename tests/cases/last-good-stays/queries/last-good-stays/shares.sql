select day, 100 / parts as share from "last-good-stays-parts"
