# The files of src/report, headers and tables too, one a line, sorted.
